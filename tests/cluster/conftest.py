from collections.abc import Iterator

import pytest
from stores import REDIS, binary_of
from trials.servers import Group, Watched, cluster, temporary, watched


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def group() -> Iterator[Group]:
    """Three primaries, each with a replica."""
    with temporary() as directory, cluster(binary_of(REDIS), directory) as servers:
        yield servers


@pytest.fixture(scope="session")
def sentinels() -> Iterator[Watched]:
    """A primary and its replica, which three sentinels watch."""
    with temporary() as directory, watched(binary_of(REDIS), directory) as servers:
        yield servers
