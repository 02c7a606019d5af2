"""The stores that the same tests run on: three, or those that STORES names; "cluster" may be one."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis, RedisError
from trials.servers import cluster

from telemetry_counter.store.embedded.server import server_binary

FAKE, VALKEY, REDIS = "fake", "valkey", "redis"
CLUSTER = "cluster"
ALL_STORES = tuple((os.environ.get("STORES") or f"{FAKE},{VALKEY},{REDIS}").split(","))


@contextmanager
def serving(kind: str, directory: Path) -> Iterator[str]:
    """The URL of a server that holds everything in memory; '' for the fake one."""
    if kind == FAKE:
        yield ""
        return
    if kind == CLUSTER:
        with cluster(binary_of(REDIS), directory, replicas=0) as group:
            yield group.url
        return
    socket = directory / "s"
    url = "unix://" + quote(str(socket))
    flags = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--loglevel", "warning"]
    server = subprocess.Popen([binary_of(kind), *flags], cwd=directory, stdout=subprocess.DEVNULL)
    try:
        wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(10)


def binary_of(kind: str) -> str:
    if kind == VALKEY:
        return str(server_binary())
    found = shutil.which("redis-server")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("redis-server is missing")
        pytest.skip("redis-server is not installed")
    return found


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 10
    with Redis.from_url(url, socket_timeout=1) as client:
        while True:
            try:
                client.ping()
                return
            except RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
