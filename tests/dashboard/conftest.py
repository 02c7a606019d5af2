from collections.abc import AsyncIterator

import pytest
from fakeredis import FakeAsyncRedis
from harness import Harness, harness

from telemetry_counter.store.keys import Keys


@pytest.fixture
async def running(anyio_backend: str, keys: Keys) -> AsyncIterator[Harness]:
    """On a store in memory: what these tests look at does not depend on the store."""
    async with harness(FakeAsyncRedis(server_type="valkey"), keys, enable_telemetry=True) as running:
        yield running


@pytest.fixture
async def silent(anyio_backend: str, keys: Keys) -> AsyncIterator[Harness]:
    """The same with telemetry off."""
    async with harness(FakeAsyncRedis(server_type="valkey"), keys, enable_telemetry=False) as running:
        yield running
