import os
import sys
from collections.abc import AsyncIterator

import pytest
from trials.store import REDIS, VALKEY, binary_of
from trials.world import World, world

from telemetry_counter.errors import SettingsError

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def own_store() -> str:
    """The server that the tests may kill and freeze; either kind will do, and CI must have one."""
    for kind in (REDIS, VALKEY):
        try:
            if binary := binary_of(kind):
                return binary
        except SettingsError:
            continue
    return missing("there is neither redis-server nor the embedded store's server")


def missing(what: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
async def shared_world(own_store: str, anyio_backend: str) -> AsyncIterator[World]:
    """One service for all faults that it has to survive."""
    async with world(own_store) as shared:
        yield shared
