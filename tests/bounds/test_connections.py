"""Very many connections: bounded in number and memory, and no reason to let an update check wait."""

import asyncio
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from processes import family, program_of, rss_bytes
from running import Installation

from telemetry_counter.service import REFRESH_SECONDS
from telemetry_counter.serving.connections import CLOSING_SECONDS, STALLED_SECONDS, Connection
from telemetry_counter.serving.open_files import RESERVED, connections_within, raise_open_files
from telemetry_counter.serving.sweeper import SWEEP_SECONDS, Bounds, Sweeper
from telemetry_counter.store.embedded.store import EmbeddedStore

from .counted import MOST, Counted, Running, register
from .wire import exchange, get, open_connection, request, rest_of, statuses

IDLE = 10_000
BUDGET_SECONDS = 0.3
HEALTH = get("/health")
CHECK = get("/checkVersion?owner=o&app_name=a&version=1", "Connection: close")


def can_hold(connections: int) -> bool:
    return raise_open_files() > connections + RESERVED


@contextmanager
def held(port: int, number: int, asking: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        connections = []
        for _ in range(number):
            connection = stack.enter_context(open_connection(port))
            connection.sendall(asking)
            connections.append(connection)
        yield connections


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while part := connection.recv(65_536):
            continue
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    return bool(part)


def slowest_check(port: int, times: int) -> float:
    slowest = 0.0
    for _ in range(times):
        begun = time.monotonic()
        assert statuses(exchange(port, CHECK)) == [200]
        slowest = max(slowest, time.monotonic() - begun)
    return slowest


@pytest.mark.skipif(not can_hold(IDLE), reason="the system grants too few open files")
def test_ten_thousand_idle_connections_cost_little_and_end() -> None:
    with tempfile.TemporaryDirectory() as directory:
        installation = Installation(Path(directory), {"KEEP_ALIVE_SECONDS": "4", "REQUEST_SECONDS": "4"})
        with installation.serving() as process:
            before = rss_bytes(process.pid)
            half = IDLE // 2 - 10
            with held(installation.port, half, b"") as silent, held(installation.port, half, HEALTH) as asked:
                connections = silent + asked
                connections[-1].sendall(HEALTH)
                assert statuses(connections[-1].recv(65_536))  # all of them are answered by now
                assert slowest_check(installation.port, 50) < BUDGET_SECONDS
                assert rss_bytes(process.pid) - before < IDLE * 12_000
                deadline = time.monotonic() + 15
                while any(map(is_open, connections)) and time.monotonic() < deadline:
                    time.sleep(0.2)
                assert not any(map(is_open, connections))
            assert slowest_check(installation.port, 5) < BUDGET_SECONDS
            assert len(os.listdir(f"/proc/{process.pid}/fd")) < 100


def test_those_that_idle_longest_make_room_for_who_asks(running: Running) -> None:
    with held(running.port, MOST, get("/health")), held(running.port, MOST // 2, b"") as newer:
        assert slowest_check(running.port, 20) < BUDGET_SECONDS
        assert len(os.listdir(f"/proc/{running.pid}/fd")) < MOST + 50
        assert is_open(newer[-1])


def test_bodies_that_never_come_shut_nobody_out(service: Counted) -> None:
    unfinished = request("POST", "/api/telemetry/hit", "Content-Length: 4000") + b"{"
    with held(service.port, MOST, unfinished):
        assert slowest_check(service.port, 20) < BUDGET_SECONDS


def test_where_all_wait_for_the_store_who_comes_next_is_told() -> None:
    settings = {"MAX_CONNECTIONS": "16", "COMMIT_BUDGET_MS": "5000"}
    with tempfile.TemporaryDirectory() as directory:
        installation = Installation(Path(directory), settings)
        with installation.serving() as process:
            token = asyncio.run(register(EmbeddedStore(Path(directory) / "store").url))
            time.sleep(2 * REFRESH_SECONDS)
            service = Counted(installation.port, token, "app0")
            store = next(pid for pid in family(process.pid) if program_of(pid) == "valkey-server")
            os.kill(store, signal.SIGSTOP)
            try:
                with held(service.port, 16, service.check("Connection: close")) as busy:
                    assert_told(exchange(service.port, service.check()))
                    os.kill(store, signal.SIGCONT)
                    assert all(statuses(rest_of(connection)) == [204] for connection in busy)
            finally:
                os.kill(store, signal.SIGCONT)
            assert statuses(exchange(service.port, service.check("Connection: close"))) == [204]
            assert service.total == 17


def assert_told(received: bytes) -> None:
    assert statuses(received) == [503]
    assert b"retry-after: 1" in received
    assert json.loads(received.partition(b"\r\n\r\n")[2])["error"].endswith("try again in a moment.")


class Transport:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def is_closing(self) -> bool:
        return "close" in self.calls

    def close(self) -> None:
        self.calls.append("close")

    def abort(self) -> None:
        self.calls.append("abort")


class Flow:
    write_paused = False


class Clock:
    """An event loop's, that only tells the time."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: object) -> None:
        assert seconds == SWEEP_SECONDS


@pytest.mark.parametrize(
    ("is_closing", "stalls", "seconds"), [(True, False, CLOSING_SECONDS), (False, True, STALLED_SECONDS)]
)
def test_who_does_not_take_answers_loses_the_connection(
    is_closing: bool, stalls: bool, seconds: float
) -> None:
    clock, transport = Clock(), Transport()
    connection = Connection.__new__(Connection)
    connection.mark, connection.marked_at = (0, None), clock.now
    connection.transport, connection.flow = transport, Flow()  # type: ignore[assignment]
    connection.flow.write_paused = stalls
    if is_closing:
        transport.close()
    sweeper = Sweeper({connection}, Bounds(10, 5, 20), clock)  # type: ignore[arg-type]
    for _ in range(int(seconds)):
        sweeper.sweep()
        clock.now += 1
        assert "abort" not in transport.calls
    sweeper.sweep()
    assert transport.calls[-1] == "abort"


def test_open_files_are_as_many_as_the_system_grants() -> None:
    granted = raise_open_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == granted


@pytest.mark.parametrize(
    ("wanted", "open_files", "most"),
    [
        (10_000, 20_000, 10_000),
        (10_000, 1_024, 1_024 - RESERVED),
        (10, resource.RLIM_INFINITY, 10),
        (9, 100, 1),
    ],
)
def test_connections_are_no_more_than_there_is_room_for(wanted: int, open_files: int, most: int) -> None:
    assert connections_within(wanted, open_files) == most


def test_too_few_open_files_are_said_at_start(tmp_path: Path) -> None:
    installation = Installation(tmp_path, {"MAX_CONNECTIONS": "1000000"})
    port = str(installation.port)

    async def start() -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telemetry_counter", "serve", "--port", port),
            env=installation.environ,
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        said = ""
        while "MAX_CONNECTIONS" not in said:
            line = await asyncio.wait_for(process.stderr.readline(), 15)
            assert line, said
            said += line.decode()
        process.terminate()
        await process.communicate()
        return said

    said = asyncio.run(start())
    assert f"open {raise_open_files():,} files" in said
    assert "LimitNOFILE" in said
