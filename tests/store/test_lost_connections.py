"""A store that drops connections as soon as it takes them: away, in the words of everything else."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvloop

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.calls import run_script
from telemetry_counter.store.connect import open_client

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
TRIES = 300
"""uvloop finds the connection gone before the first byte in about one of ten."""


@pytest.fixture
def dropping() -> Iterator[int]:
    """The port of a server that resets every connection at once."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(server.getsockname()[1])
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_a_connection_lost_before_its_first_byte_is_a_store_that_is_away(dropping: int) -> None:
    async def ask() -> None:
        for _ in range(TRIES):
            client = open_client(f"redis://127.0.0.1:{dropping}")
            with pytest.raises(StoreUnavailable):
                await run_script(client, "commit", [])
            await client.aclose()

    uvloop.run(ask())
