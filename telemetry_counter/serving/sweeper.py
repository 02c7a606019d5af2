"""Looks at all connections of a worker once a second, and ends those that make it wait too long."""

import asyncio
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

import orjson
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from telemetry_counter.serving.connections import Connection

SWEEP_SECONDS = 1.0
EVICTED = 16
"""Where there is no room one in so many is closed at once, so that the search for them is rare."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`most` connections at once; how long they may idle, and how long a request may take to come whole."""

    most: int
    idle_seconds: float
    request_seconds: float


class Sweeper:
    """Ends connections whose clients take too long; where there is no room, those that waited longest."""

    def __init__(
        self, connections: "set[Connection]", bounds: Bounds, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._connections = connections
        self._bounds = bounds
        self._loop = loop

    def sweep(self) -> None:
        now = self._loop.time()
        for connection in tuple(self._connections):
            mark = connection.awaits(self._bounds)
            if mark[1] is not connection.mark[1] or mark[0] != connection.mark[0]:
                connection.mark, connection.marked_at = mark, now
            elif mark[0] and now - connection.marked_at >= mark[0]:
                connection.end()
        self._loop.call_later(SWEEP_SECONDS, self.sweep)

    def admit(self, connection: "Connection") -> None:
        """Makes room for the connection, or has it told that there is none."""
        excess = len(self._connections) - self._bounds.most
        if excess > 0 and not self._make_room(connection):
            connection.app = no_room
            if excess > max(1, self._bounds.most // EVICTED):
                connection.transport.abort()

    def _make_room(self, newest: "Connection") -> bool:
        waiting = (
            one
            for one in self._connections
            if one is not newest and not one.is_answering and not one.transport.is_closing()
        )
        longest = nsmallest(
            max(1, self._bounds.most // EVICTED), waiting, key=lambda connection: connection.marked_at
        )
        for connection in longest:
            connection.transport.abort()
        return bool(longest)


NO_ROOM = orjson.dumps({"error": "Too many connections are open; try again in a moment."})


async def no_room(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(NO_ROOM)).encode()),
        (b"retry-after", b"1"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": NO_ROOM})
