"""What a trial runs in: a service, its store, and somebody between them."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
from processes import free_port

from telemetry_counter.releases.release import release_from_input
from telemetry_counter.service import REFRESH_SECONDS
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

from .connection import Answer, Connection, get
from .ledger import OWNER
from .proxy import Proxy
from .servers import Group
from .service import ServiceProcess
from .store import StoreProcess

CHECK = f"/checkVersion?app_name=viewer&owner={OWNER}&version=1.0&channel=stable&platform=linux&arch=amd64"
SETTLE_SECONDS = 30.0


@dataclass(slots=True)
class World:
    """`client` speaks to the store itself; an embedded one has no `store` and no `proxy`."""

    service: ServiceProcess
    client: Client
    token: str
    own_store: StoreProcess | None = None
    own_proxy: Proxy | None = None
    own_group: Group | None = None
    app: str = ""
    _apps: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def store(self) -> StoreProcess:
        assert self.own_store is not None, "the store is embedded"
        return self.own_store

    @property
    def proxy(self) -> Proxy:
        assert self.own_proxy is not None, "the store is embedded"
        return self.own_proxy

    @property
    def group(self) -> Group:
        assert self.own_group is not None, "the store is one server"
        return self.own_group

    async def open_app(self) -> str:
        """A new app, known to every worker: what the trials count never mixes."""
        self.app = f"app{next(self._apps)}"
        registry = Registry(self.client, Keys())
        await registry.create_app(OWNER, self.app)
        query = f"/telemetry/beacon?app_name={self.app}&owner={OWNER}&version=1"
        await self.until(lambda answer: b"no_device" in answer.headers, get(query))
        if self.service.workers():
            await asyncio.sleep(2 * REFRESH_SECONDS)
        return self.app

    async def until(self, is_so: Callable[[Answer], bool], request: bytes) -> bool:
        """Asks until the answer is so; False if it never was."""
        deadline = monotonic() + SETTLE_SECONDS
        while monotonic() < deadline:
            answer = await self.ask(request)
            if answer and is_so(answer):
                return True
            await asyncio.sleep(0.05)
        return False

    async def ask(self, request: bytes) -> Answer | None:
        with suppress(OSError, TimeoutError):
            connection = await Connection.open(self.service.port)
            try:
                return await connection.ask(request)
            finally:
                connection.close()
        return None

    async def report(self) -> dict[str, Any]:
        """What the admin reads of the app today."""
        request = get(f"/telemetry?apps={self.app}", Authorization=f"Bearer {self.token}")
        answer = await self.ask(request)
        if answer is None or answer.status != 200:
            raise RuntimeError(f"the report is {answer}")
        report: dict[str, Any] = orjson.loads(answer.body)
        return report

    async def settled(self) -> bool:
        """Whether the service is ready in time and has nothing left to commit."""

        def is_idle(answer: Answer) -> bool:
            return answer.status == 200 and orjson.loads(answer.body)["buffered_bytes"] == 0

        # Enough questions to have asked every worker, most likely.
        for _ in range(8 if self.service.workers() else 1):
            if not await self.until(is_idle, get("/ready")):
                return False
        return True


@asynccontextmanager
async def world(kind: str | None, *, workers: int = 1, **environ: str) -> AsyncIterator[World]:
    """`kind` is the path of a store's server; None: the embedded one."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store, proxy, url = None, None, EmbeddedStore(directory / "data").url
        if kind:
            store = StoreProcess(kind, directory, free_port())
            stack.callback(store.kill)
            await asyncio.to_thread(store.start)
            proxy = Proxy(store.port)
            stack.push_async_callback(proxy.stop)
            url = f"redis://127.0.0.1:{store.port}"
            environ = environ | {"REDIS_URL": f"redis://127.0.0.1:{await proxy.start()}"}
        service = ServiceProcess(directory, free_port(), WORKERS=str(workers), **environ)
        stack.callback(service.kill)
        await asyncio.to_thread(service.start)
        client = open_client(url, answer_seconds=30)
        stack.push_async_callback(client.aclose)
        yield World(service, client, await register(client), store, proxy)


@asynccontextmanager
async def group_world(group: Group, *, workers: int = 2, **environ: str) -> AsyncIterator[World]:
    """Where the store is several servers with replicas, which run already, and forget what they hold."""
    await asyncio.to_thread(group.until_replicated)
    await asyncio.to_thread(group.clear)
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environ = {"REDIS_URL": group.url, "WORKERS": str(workers)} | environ
        service = ServiceProcess(directory, free_port(), **environ)
        stack.callback(service.kill)
        await asyncio.to_thread(service.start)
        client = open_client(group.url, answer_seconds=30)
        stack.push_async_callback(client.aclose)
        yield World(service, client, await register(client), own_group=group)


async def register(client: Client) -> str:
    """The admin, and an app with a release for the update checks. Returns the admin's token."""
    registry = Registry(client, Keys())
    token = await registry.create_admin(OWNER)
    release = release_from_input(
        app="viewer",
        version="2.0",
        published=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        packages={"": "https://example.org/viewer-2.0.zip"},
    )
    await registry.publish(OWNER, release)
    return token
