import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from stores import REDIS, VALKEY, binary_of, serving
from trials.servers import Group, Node, Watched, certificate, cluster, temporary, watched

from .walk import Walk, walk

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "redis.md"
PREFIX, USER, PASSWORD = "tc:", "counter", "PASSWORD"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def group() -> Iterator[Group]:
    """Three primaries, each with a replica: of Valkey, and the sentinels of Redis."""
    with temporary() as directory, cluster(binary_of(VALKEY), directory) as servers:
        yield servers


@pytest.fixture(scope="session")
def openssl() -> None:
    if shutil.which("openssl") is None:
        if os.environ.get("CI"):
            pytest.fail("openssl is missing")
        pytest.skip("openssl is not installed")


@pytest.fixture
def secret_group(openssl: None) -> Iterator[Group]:
    """Three primaries of Redis that speak TLS alone."""
    with temporary() as directory:
        tls = certificate(directory)
        with cluster(binary_of(REDIS), directory, replicas=0, tls=tls) as servers:
            yield servers


@pytest.fixture(scope="session")
def sentinels(openssl: None) -> Iterator[Watched]:
    """A primary and its replica, which three sentinels watch; all over TLS."""
    with temporary() as directory:
        tls = certificate(directory)
        with watched(binary_of(REDIS), directory, tls) as servers:
            yield servers


@pytest.fixture(scope="session")
async def plain_figures(anyio_backend: str) -> AsyncIterator[dict[str, Any]]:
    """What the walk gives on one server."""
    with temporary() as directory, serving(REDIS, directory) as url:
        yield await walk(Walk(url, PREFIX, directory))


def restrict(group: Group) -> None:
    """Begins anew, with the user of the documentation, word by word."""
    group.clear()
    (line,) = re.findall(r"(?m)^ACL SETUSER .*$", DOCUMENT.read_text())
    for node in group.nodes:
        node.ask(*line.split())
        node.ask("ACL", "LOG", "RESET")


def as_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{USER}:{PASSWORD}@{parts.netloc}").geturl()


def denied(nodes: list[Node]) -> set[str]:
    """Commands and keys that the user was not let have."""
    return {str(entry["object"]) for node in nodes for entry in node.client.acl_log()}
