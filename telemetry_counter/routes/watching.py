"""Notes of each answer, for metrics and the access log: method, route, status and time, nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from starlette.types import Message, Receive, Scope, Send

from telemetry_counter.metrics.tallies import Tallies

Endpoint = Callable[[Scope, Receive, Send], Awaitable[None]]
Note = Callable[[str, str, int, float], None]
"""Takes the method, the route as the table of routes spells it ('' if none fits), the status, and seconds."""


class Watched:
    """An ASGI endpoint whose answers are noted. `route`: the one it serves, if there is only one."""

    def __init__(self, endpoint: Endpoint, notes: Sequence[Note], route: str = "") -> None:
        self._endpoint = endpoint
        self._notes = notes
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._endpoint(scope, receive, send)
        begun, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._endpoint(scope, receive, noting)
        finally:
            seconds = perf_counter() - begun
            for note in self._notes:
                note(scope["method"], self._route or route_of(scope), status, seconds)


def route_of(scope: Scope) -> str:
    """'' where no route fits: the path is the client's, and is not repeated."""
    return getattr(scope.get("route"), "path", "")


def times_of_reports(tallies: Tallies) -> Note:
    def note(method: str, route: str, status: int, seconds: float) -> None:
        if method == "GET" and status == 200 and route in tallies.reports:
            tallies.reports[route].observe(seconds)

    return note
