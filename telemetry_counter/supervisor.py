"""The process above several workers."""

from uvicorn.supervisors import Multiprocess


class Supervisor(Multiprocess):
    """At the end, stops listening together with its workers.

    uvicorn's own keeps the socket open until the workers have made their last commits: who connects
    meanwhile waits, for nothing, instead of being refused and trying elsewhere.
    """

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
