import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fakeredis import FakeAsyncRedis
from harness import Harness, harness
from stores import ALL_STORES, serving

from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", params=ALL_STORES)
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    # Not tmp_path: a socket's path must be short.
    with tempfile.TemporaryDirectory() as directory, serving(request.param, Path(directory)) as url:
        yield url


@pytest.fixture
async def client(store_url: str, anyio_backend: str) -> AsyncIterator[Client]:
    client = open_client(store_url) if store_url else FakeAsyncRedis(server_type="valkey")
    yield client
    await client.aclose()


@pytest.fixture
def keys() -> Keys:
    """A prefix of its own for each test, so that nothing has to be flushed."""
    return Keys(f"t{secrets.token_hex(4)}:")


@pytest.fixture
async def service(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    """A running application with one admin, who has two apps."""
    async with harness(client, keys, enable_telemetry=True) as running:
        yield running


@pytest.fixture
async def silent(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    """The same with telemetry off."""
    async with harness(client, keys, enable_telemetry=False) as running:
        yield running


@pytest.fixture
def http(service: Harness) -> httpx.AsyncClient:
    return service.http
