"""What one client may take of a worker: bounds on a connection's time and bytes, and on their number.

uvicorn bounds none of these but idling, for which it sets a timer with every answer. Here one sweep a second
looks at all connections, so a hit pays nothing for it.
"""

import asyncio
from collections import deque
from typing import Any, cast

import httptools
import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from telemetry_counter.serving.one_write import OneWrite
from telemetry_counter.serving.sweeper import Bounds, Sweeper

MAX_HEAD_BYTES = 16_384
"""Of a request's line and headers. One that comes in several pieces may be up to twice as long."""

TAKING_LISTS = (b"/telemetry", b"/telemetry/adoption", b"/telemetry/events", b"/telemetry/web")
"""What is too long in these is a list in the query, and so a bad query."""

MAX_REQUEST_BYTES = 1_048_576
"""Of a body with its framing. Routes take less, but a sender that was answered already may finish."""

MAX_PIPELINED = 64
"""Requests that wait for the answer to one before them; each takes some 3 KB."""

CLOSING_SECONDS = 10.0
STALLED_SECONDS = 60.0
"""How long a client may leave the 64 KB untaken that wait for it."""

END_OF_HEAD = b"\r\n\r\n"


class Config(uvicorn.Config):
    """uvicorn's, with what a worker needs to bound its connections."""

    def __init__(self, bounds: Bounds, app: str, **options: Any) -> None:
        super().__init__(app, http=Connection, **options)
        self.bounds = bounds
        self._sweeper: Sweeper | None = None

    def sweeper(self, connections: "set[Connection]") -> Sweeper:
        """One for the worker, begun with its first connection."""
        if self._sweeper is None:
            self._sweeper = Sweeper(connections, self.bounds, asyncio.get_running_loop())
            self._sweeper.sweep()
        return self._sweeper


class Connection(HttpToolsProtocol):
    """`mark` is what it waited for when the sweeper last looked, `marked_at` since when."""

    config: Config
    connections: "set[Connection]"  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, OneWrite(transport, self.loop)))
        self.pipeline = Pipeline()
        self.mark: tuple[float, object] = (0, None)
        self.marked_at = self.loop.time()
        self._bounded: object = None
        self._taken = 0
        self.config.sweeper(self.connections).admit(self)

    def data_received(self, data: bytes) -> None:
        if len(data) > MAX_HEAD_BYTES:
            return self._take_in_parts(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end()  # nothing after it can be read
        except httptools.HttpParserError as error:
            self._refuse(error)
        else:
            cycle = self.cycle
            if cycle is None or cycle.more_body or cycle.scope is not self.scope:
                self._bound(data)

    def on_response_complete(self) -> None:
        """uvicorn's, without its timer for idling: the sweeper sees to that."""
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                cycle, app = self.pipeline.pop()
                self._start_asgi_task(cycle, app)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its client to ask."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_answering(self) -> bool:
        """Whether an answer is due: to a request that is whole, or to one whose body nobody reads."""
        if self.is_waiting:
            return False
        return not self.cycle.more_body or self.cycle.scope["method"] != "POST" or bool(self.pipeline)

    @property
    def is_in_head(self) -> bool:
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def awaits(self, bounds: Bounds) -> tuple[float, object]:
        """How long the client may take, and for what; 0 where it is not the client's turn."""
        if self.transport.is_closing():
            return CLOSING_SECONDS, None
        if self.flow.write_paused:
            return STALLED_SECONDS, None
        if self.cycle is None or (self.is_waiting and self.is_in_head):
            return bounds.request_seconds, self.scope
        if self.is_waiting:
            return bounds.idle_seconds, self.scope
        return 0 if self.is_answering else bounds.request_seconds, self.scope

    def end(self) -> None:
        """At once where it was ended before, or where the client does not take what waits for it."""
        if self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        else:
            self.transport.close()

    def _take_in_parts(self, data: bytes) -> None:
        """Of a head that is too long no more than one part is read."""
        for start in range(0, len(data), MAX_HEAD_BYTES):
            if not self.transport.is_closing():
                self.data_received(data[start : start + MAX_HEAD_BYTES])

    def _bound(self, data: bytes) -> None:
        """Counts the bytes of the request that is still coming, and refuses it where they are too many."""
        if self.scope is not self._bounded:
            self._bounded, self._taken = self.scope, 0
            if self.is_in_head:
                data = data[data.rfind(END_OF_HEAD) + 1 :]
        self._taken += len(data)
        if self.is_in_head and self._taken > MAX_HEAD_BYTES:
            self._refuse_head()
        elif self._taken > MAX_REQUEST_BYTES:
            self._answer(413, f"The request is longer than {MAX_REQUEST_BYTES} bytes.")

    def _refuse_head(self) -> None:
        path, _, query = self.url.partition(b"?")
        if path.endswith(TAKING_LISTS) and len(query) > MAX_HEAD_BYTES // 2:
            self._answer(400, f"The address is too long for {MAX_HEAD_BYTES} bytes: name fewer values.")
        else:
            self._answer(431, f"The request's line and headers are longer than {MAX_HEAD_BYTES} bytes.")

    def _refuse(self, error: Exception) -> None:
        if isinstance(error.__context__, TooManyPipelined):
            self.cycle = self.pipeline[0][0]
            self._end()
        else:
            self._answer(400, "This is not a valid HTTP request.")

    def _answer(self, status: int, sentence: str) -> None:
        """Ends the connection; says why, unless the client expects another answer first."""
        if self.is_answering:
            return self._end()
        if self._has_answered_too_soon():
            return self.transport.close()
        body = orjson.dumps({"error": sentence})
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(
            body
        )
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _has_answered_too_soon(self) -> bool:
        """Whether the request at fault was answered before its body had come."""
        cycle = self.cycle
        return cycle is not None and cycle.response_started and cycle.more_body and not self.is_in_head

    def _end(self) -> None:
        """Closes the connection after the last answer that is due."""
        if self.is_waiting:
            self.transport.close()
        else:
            self.cycle.keep_alive = False


class TooManyPipelined(Exception):
    pass


class Pipeline(deque[Any]):
    """Where uvicorn keeps requests that wait for the answer to an earlier one, the newest first."""

    def appendleft(self, request: Any) -> None:
        if len(self) >= MAX_PIPELINED:
            raise TooManyPipelined
        super().appendleft(request)
