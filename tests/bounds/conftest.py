import asyncio
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from running import Installation

from telemetry_counter.service import REFRESH_SECONDS
from telemetry_counter.store.embedded.store import EmbeddedStore

from .counted import KEEP_ALIVE_SECONDS, MOST, REQUEST_SECONDS, Counted, Running, register


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "KEEP_ALIVE_SECONDS": str(KEEP_ALIVE_SECONDS),
            "REQUEST_SECONDS": str(REQUEST_SECONDS),
            "MAX_CONNECTIONS": str(MOST),
        }
        installation = Installation(Path(directory), settings)
        with installation.serving() as process:
            token = asyncio.run(register(EmbeddedStore(Path(directory) / "store").url))
            time.sleep(2 * REFRESH_SECONDS)
            yield Running(installation.port, token, process.pid, count())
        assert process.returncode == 0


@pytest.fixture
def service(running: Running) -> Counted:
    return Counted(running.port, running.token, f"app{next(running.apps)}")
