"""Which versions will do, of servers that say theirs and of those that keep it to themselves."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis import Redis
from running import PROGRAM, free_port
from stores import REDIS, serving

from telemetry_counter.errors import SettingsError
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.inspection import inspect
from telemetry_counter.store.server_facts import expect_at_start, is_too_old

pytestmark = pytest.mark.anyio

SENTENCE = "The store is Redis 6.2.14; 7.0 or later is needed."


@pytest.mark.parametrize(
    ("version", "too_old"),
    [
        ("2.8.24", True),
        ("6.2.14", True),
        ("6.10", True),
        ("7.0.0", False),
        ("7.0.15", False),
        ("10.0.0", False),
        ("", False),
        ("unstable", False),
    ],
)
def test_versions(version: str, too_old: bool) -> None:
    assert is_too_old(version) is too_old


@asynccontextmanager
async def old_server(port: int = 0) -> AsyncIterator[str]:
    """Its URL. It answers every command as an old Redis answers INFO."""
    said = b"redis_version:6.2.14\r\nrole:master\r\n"
    async with answering(b"$%d\r\n%s\r\n" % (len(said), said), port) as address:
        yield f"redis://{address}"


@asynccontextmanager
async def answering(always: bytes, port: int = 0) -> AsyncIterator[str]:
    """Host and port of a server that has one answer to every command."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while received := await reader.read(4096):
            commands = sum(line.startswith(b"*") for line in received.split(b"\r\n"))
            writer.write(commands * always)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["redis://{}", "redis+cluster://{}", "redis+sentinel://{}/counter"])
@pytest.mark.parametrize("answer", [b":1\r\n", b"$-1\r\n", b"+OK\r\n", b"*1\r\n$1\r\n\xff\r\n"])
async def test_what_is_no_store_does_not_keep_the_service_from_starting(scheme: str, answer: bytes) -> None:
    async with answering(answer) as address:
        await expect_at_start(scheme.format(address))


async def test_a_store_that_is_too_old_stops_the_start() -> None:
    async with old_server() as url:
        with pytest.raises(SettingsError, match=f"^REDIS_URL: {SENTENCE}$"):
            await expect_at_start(url)


async def test_the_program_says_so_in_one_sentence(tmp_path: Path) -> None:
    async with old_server() as url:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            "serve",
            cwd=tmp_path,
            env=os.environ | {"REDIS_URL": url, "PORT": str(free_port())},
            stderr=subprocess.PIPE,
        )
        try:
            _, said = await asyncio.wait_for(process.communicate(), 20)
        finally:
            if process.returncode is None:
                process.kill()
    assert (process.returncode, said.decode()) == (1, f"Error: REDIS_URL: {SENTENCE}\n")


async def test_one_that_is_found_later_counts_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with old_server() as url:
        service = Service(Settings(), open_client(url))
        await service.start()
        try:
            assert not service.store_is_up
            assert SENTENCE in caplog.text
        finally:
            await service.stop()


async def test_one_that_comes_after_a_store_that_was_away_is_named_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = free_port()
    service = Service(Settings(), open_client(f"redis://127.0.0.1:{port}"))
    await service.start()
    try:
        assert "The store is away" in caplog.text
        caplog.clear()
        async with old_server(port):
            for _ in range(3):
                await service.refresh()
        assert caplog.messages == [f"{SENTENCE} Update checks are still answered."]
        assert not service.store_is_up
    finally:
        await service.stop()


async def test_a_store_that_is_away_stops_nothing() -> None:
    await expect_at_start("redis://127.0.0.1:1")
    await expect_at_start("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    await expect_at_start("redis+sentinel://127.0.0.1:1/main")


@pytest.fixture
def reticent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server like a rented one, which refuses INFO and CONFIG."""
    with serving(REDIS, tmp_path_factory.mktemp("s")) as url:
        with Redis.from_url(url) as client:
            client.execute_command("ACL", "SETUSER", "default", "-info", "-config")
        yield url


async def test_a_store_that_does_not_tell_will_do(reticent: str) -> None:
    await expect_at_start(reticent)
    service = Service(Settings(), open_client(reticent))
    await service.start()
    try:
        assert service.store_is_up
        (server,) = (await inspect(service.client)).servers
        assert (server.is_too_old, server.name) == (False, "Redis (it does not say which)")
    finally:
        await service.stop()
