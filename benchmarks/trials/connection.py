"""A lean HTTP/1.1 client: one connection, one question at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import cast

ANSWER_SECONDS = 10.0
RECONNECT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Its value, b'' without one."""
        _, _, rest = self.headers.partition(b"\r\n" + name + b": ")
        return rest.partition(b"\r\n")[0]


class Connection(asyncio.Protocol):
    """`ask` raises ConnectionError if the connection ends, TimeoutError without an answer."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, request: bytes) -> Answer:
        if self._transport is None:
            raise ConnectionResetError("the server has closed the connection")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the connection ended before the answer"))

    def data_received(self, received: bytes) -> None:
        self._received += received
        answer = read_answer(self._received)
        if answer is not None and self._answer is not None and not self._answer.done():
            self._received = b""
            self._answer.set_result(answer)


async def send_paced(
    port: int, pause_seconds: float, hit: Callable[[Connection], Awaitable[bool]], end: asyncio.Event
) -> None:
    """Hits on one connection, a pause apart, until the end; on a new one after each that says False."""
    connection: Connection | None = None
    due = monotonic()
    while not end.is_set():
        try:
            connection = connection or await Connection.open(port)
        except OSError:
            await asyncio.sleep(RECONNECT_SECONDS)
            continue
        if not await hit(connection):
            connection.close()
            connection = None
        due = max(due + pause_seconds, monotonic() - 1)
        await asyncio.sleep(max(0.0, due - monotonic()))
    if connection:
        connection.close()


def read_answer(received: bytes) -> Answer | None:
    """The answer once it is there whole."""
    headers, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    status = int(headers[9:12])
    answer = Answer(status, headers, body)
    if status in (204, 304):
        return answer
    if answer.header(b"transfer-encoding") == b"chunked":
        return Answer(status, headers, joined_chunks(body)) if body.endswith(b"0\r\n\r\n") else None
    return answer if len(body) >= int(answer.header(b"content-length") or 0) else None


def joined_chunks(body: bytes) -> bytes:
    joined = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        joined += rest[:length]
        body = rest[length + 2 :]
    return joined


def get(path: str, **headers: str) -> bytes:
    """The bytes of a request; '_' in a header's name stands for '-'."""
    lines = [f"GET {path} HTTP/1.1", "Host: counter"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()
