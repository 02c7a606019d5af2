"""A way to the store on which replies can be lost."""

import asyncio
from typing import cast


class Proxy:
    """Forwards to the store's port. While `swallows`, a reply ends its connection instead of arriving."""

    def __init__(self, store_port: int) -> None:
        self.store_port = store_port
        self.swallows = False
        self.swallowed = 0
        self.lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Returns its port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Line(self), "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for line in tuple(self.lines):
            line.cut()


class Line(asyncio.Protocol):
    """The client's end of one connection, which opens the store's end."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._client: asyncio.Transport | None = None
        self._store: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._proxy.lines.add(self)
        self._client = cast(asyncio.Transport, transport)
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_connection(
                lambda: StoreEnd(self), "127.0.0.1", self._proxy.store_port
            )
        except OSError:
            return self.cut()
        self._store = transport
        transport.writelines(self._early)

    def data_received(self, request: bytes) -> None:
        if self._store is None:
            self._early.append(request)
        else:
            self._store.write(request)

    def reply(self, reply: bytes) -> None:
        if self._proxy.swallows:
            self._proxy.swallowed += 1
            self.cut()
        elif self._client is not None:
            self._client.write(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self.cut()

    def cut(self) -> None:
        self._opening.cancel()
        self._proxy.lines.discard(self)
        for transport in (self._client, self._store):
            if transport is not None:
                transport.abort()


class StoreEnd(asyncio.Protocol):
    def __init__(self, line: Line) -> None:
        self._line = line

    def data_received(self, reply: bytes) -> None:
        self._line.reply(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._line.cut()
