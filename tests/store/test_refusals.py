"""A store that answers, and does not let us in: one sentence, what the server said, and what to do."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis
from running import OURS, free_port
from stores import REDIS, binary_of, wait_for

from telemetry_counter.cli import main
from telemetry_counter.errors import StoreRefuses
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import open_client, store_errors


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a plain Redis with a user who may do little."""
    port = free_port()
    flags = ("--port", str(port), "--save", "", "--loglevel", "warning")
    server = subprocess.Popen([binary_of(REDIS), *flags], cwd=tmp_path_factory.mktemp("redis"))
    try:
        url = f"redis://127.0.0.1:{port}"
        wait_for(url)
        with Redis.from_url(url) as client:
            client.execute_command("ACL", "SETUSER", "little", "on", ">pw", "~*", "-@all", "+ping")
        yield port
    finally:
        server.terminate()
        server.wait(10)


REFUSED = [
    ("redis://127.0.0.1:{}/99", "DB index is out of range"),
    ("redis+sentinel://127.0.0.1:{}/main", "unknown command 'SENTINEL'"),
    ("redis://someone:wrong@127.0.0.1:{}", "invalid username-password pair or user is disabled"),
    ("redis://little:pw@127.0.0.1:{}", "has no permissions to run the "),
]


@pytest.mark.parametrize(("url", "words"), REFUSED)
def test_a_command_and_the_doctor_end_with_a_sentence(
    port: int, url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", url.format(port))
    monkeypatch.setenv("PORT", "1")
    for command in (["admin", "list"], ["doctor"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
        assert "The store refuses us (" in " ".join(result.output.split())
        assert words in " ".join(result.output.split())
        assert "main'" not in result.output


@pytest.mark.parametrize(("url", "words"), REFUSED)
def test_the_service_says_what_the_server_said(
    port: int, url: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def look() -> None:
        service = Service(Settings(), open_client(url.format(port)))
        await service.refresh()
        await service.client.aclose()

    asyncio.run(look())
    (line,) = [one.getMessage() for one in caplog.records]
    assert line.startswith("The store refuses us (")
    assert words in line
    assert line.endswith("see docs/redis.md. Update checks are still answered.")


def test_any_other_refusal_is_a_sentence_too(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not know a command says with which arguments it was called; we do not."""

    async def ask() -> None:
        client = open_client(f"redis://127.0.0.1:{port}")
        try:
            with store_errors():
                await client.execute_command("FIND", "secret")  # type: ignore[no-untyped-call]
        finally:
            await client.aclose()

    monkeypatch.setattr("telemetry_counter.cli.people.run", lambda work: asyncio.run(ask()))
    monkeypatch.setattr("telemetry_counter.cli.accounts.run", lambda work: asyncio.run(ask()))
    result = CliRunner().invoke(main, ["admin", "list"])
    assert result.exit_code == 1
    assert "unknown command 'FIND'" in result.output
    assert "secret" not in result.output
    assert "docs/redis.md" in result.output


def test_what_is_refused_may_be_tried_again() -> None:
    """So that hits are kept until somebody has mended it."""
    from redis.exceptions import AuthenticationError, ResponseError

    for error in (AuthenticationError("no"), ResponseError("DB index is out of range")):
        with pytest.raises(StoreRefuses), store_errors():
            raise error
