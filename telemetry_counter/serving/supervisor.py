"""The process above several workers."""

import logging

from uvicorn.supervisors import Multiprocess

log = logging.getLogger("telemetry_counter.supervisor")


class Supervisor(Multiprocess):
    """At the end, stops listening together with its workers.

    uvicorn's own keeps the socket open until the workers have made their last commits: who connects
    meanwhile waits, for nothing, instead of being refused and trying elsewhere.
    """

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def keep_subprocess_alive(self) -> None:
        before = [process.pid for process in self.processes]
        super().keep_subprocess_alive()
        for pid, process in zip(before, self.processes, strict=True):
            if process.pid != pid:
                log.warning("A worker ended by itself; another one takes its place.")
