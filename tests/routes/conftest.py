from collections.abc import AsyncIterator

import httpx
import pytest
from harness import Harness, harness

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys


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
