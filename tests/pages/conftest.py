from collections.abc import AsyncIterator

import pytest

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .running import Running, running


@pytest.fixture
async def site(client: Client, keys: Keys) -> AsyncIterator[Running]:
    async with running(client, keys) as site:
        yield site
