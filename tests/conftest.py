import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis
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
