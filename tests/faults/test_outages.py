"""One worker's parts in this process: a day that ends, a store that comes late, a record nobody can read."""

import datetime as dt
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import anyio
import httpx
import pytest
from processes import free_port
from trials.store import StoreProcess
from trials.world import CHECK, register

from telemetry_counter.app import build_app
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import open_client

pytestmark = pytest.mark.anyio

BEACON = "/telemetry/beacon?app_name=viewer&owner=acme&version=1.0"
DEVICE = {"X-Device-ID": "one"}


@pytest.fixture
def store(own_store: str) -> Iterator[StoreProcess]:
    with tempfile.TemporaryDirectory() as directory:
        process = StoreProcess(own_store, Path(directory), free_port())
        process.start()
        yield process
        process.kill()


Parts = tuple[Service, httpx.AsyncClient]


@asynccontextmanager
async def running(store: StoreProcess, clock: UtcDay | None = None) -> AsyncIterator[Parts]:
    settings = Settings(enable_telemetry=True, secret_key="a secret of the tests", commit_budget_ms=50)
    service = Service(settings, open_client(f"redis://127.0.0.1:{store.port}"), clock)
    await service.start()
    try:
        transport = httpx.ASGITransport(build_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
            yield service, http
    finally:
        await service.stop()


async def register_at(store: StoreProcess) -> None:
    client = open_client(f"redis://127.0.0.1:{store.port}")
    await register(client)
    await client.aclose()


async def test_hits_of_the_last_second_that_are_committed_the_next_day(store: StoreProcess) -> None:
    today = UtcDay().today()
    yesterday = today - dt.timedelta(days=1)
    midnight = dt.datetime.combine(today, dt.time(), dt.UTC).timestamp()
    now = midnight - 1
    await register_at(store)
    async with running(store, UtcDay(lambda: now)) as (service, http):
        store.freeze()
        for _ in range(3):
            assert (await http.get(BEACON, headers=DEVICE)).headers["x-telemetry"] == "pending"
        now = midnight
        for _ in range(4):
            assert (await http.get(BEACON, headers=DEVICE)).headers["x-telemetry"] == "pending"
        store.thaw()
        assert await service.committer.drain(5) == 0

        keys = service.keys.admin("acme")
        counted = [
            await cast(Awaitable[bytes], service.client.hget(keys.counters(day, "viewer"), "all"))
            for day in (yesterday, today)
        ]
        assert counted == [b"3", b"4"]


async def test_a_service_that_starts_before_its_store(store: StoreProcess) -> None:
    await register_at(store)
    store.kill()
    async with running(store) as (_, http):
        check = await http.get(CHECK, headers=DEVICE)
        assert check.status_code == 200
        assert check.json() == {"update_available": False, "error": "Not found"}
        assert check.headers["x-telemetry"].startswith("dropped")
        assert (await http.get("/ready")).status_code == 503
        assert (await http.get("/health")).status_code == 200

        store.start()
        await until_ready(http)

        check = await http.get(CHECK, headers=DEVICE)
        assert check.json()["update_available"] is True
        assert check.headers["x-telemetry"] == "counted"


async def test_a_record_nobody_can_read_stops_nothing(store: StoreProcess) -> None:
    await register_at(store)
    async with running(store) as (service, http):
        apps, admins = service.keys.admin("acme").apps, service.keys.admins
        with store.client() as client:
            client.hset(apps, "broken", "{")
            for field in ("acme", ""):
                client.hincrby(admins, field, 1)
            await until_ready(http, 503)
            check = await http.get(CHECK, headers=DEVICE)
            assert (check.json()["update_available"], check.headers["x-telemetry"]) == (True, "counted")

            client.hdel(apps, "broken")
            await until_ready(http)


async def until_ready(http: httpx.AsyncClient, status: int = 200) -> None:
    with anyio.fail_after(5):
        while (await http.get("/ready")).status_code != status:
            await anyio.sleep(0.05)
