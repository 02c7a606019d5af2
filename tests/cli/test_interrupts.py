"""Ctrl-C: heard, and answered with one sentence that is true."""

import asyncio
import datetime as dt
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis
from running import PROGRAM, Installation

from telemetry_counter.cli import importing, main
from telemetry_counter.cli.session import Session, run
from telemetry_counter.store.embedded.store import EmbeddedStore

LINES = 300_000
TODAY = dt.datetime.now(dt.UTC).date()
AGAIN = "What was read so far stays counted, and would be counted once more by --again."
GOES_ON = "The same command, run again with the same input, goes on where it stopped."


def test_a_cancellation_that_is_lost_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    lost: list[bool] = []

    async def work(_: Session) -> str:
        asyncio.get_running_loop().call_later(0.02, signal.raise_signal, signal.SIGINT)
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:  # as wait_for of Python 3.11 does where an answer comes with it
            lost.append(True)
        await asyncio.sleep(2)
        return "the end"

    with pytest.raises(KeyboardInterrupt):
        run(work)
    assert lost == [True]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "checks", "file"), f"\nInterrupted. {GOES_ON}\n"),
        (("--format", "checks", "--again", "file"), f"\nInterrupted. {AGAIN}\n"),
        (("--from-faynosync", "redis://127.0.0.1:1"), f"\nInterrupted. {GOES_ON}\n"),
    ],
)
def test_an_import_says_what_becomes_of_it(
    arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setattr(importing, "import_lines_of", interrupt)
    monkeypatch.setattr("telemetry_counter.cli.faynosync.run", interrupt)
    done = CliRunner().invoke(main, ["import", *arguments])
    assert (done.exit_code, done.stderr) == (130, told)


def test_another_command_says_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("telemetry_counter.cli.accounts.run", interrupt)
    done = CliRunner().invoke(main, ["admin", "list"])
    assert (done.exit_code, done.stderr) == (130, "\nInterrupted.\n")


def test_while_the_program_loads() -> None:
    script = (
        "import runpy, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'telemetry_counter.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "runpy.run_module('telemetry_counter', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (130, "\nInterrupted.\n")


def line(number: int) -> str:
    stamp = f"{TODAY}T00:00:00Z"
    return json.dumps(
        {
            "ts": stamp,
            "owner": "acme",
            "app_name": "editor",
            "version": "1.0",
            "device_id": f"d{number % 500}",
        }
    )


@pytest.fixture
def importing_much(tmp_path: Path) -> Iterator[tuple[Installation, Redis]]:
    installation = Installation(tmp_path)
    (tmp_path / "checks").write_text("".join(f"{line(number)}\n" for number in range(LINES)))
    with EmbeddedStore(tmp_path / "store") as store, Redis.from_url(store.url) as client:
        installation.run("admin", "create", "acme")
        installation.run("app", "create", "acme/editor")
        yield installation, client


def test_an_import_that_is_run_again_counts_each_line_once(
    importing_much: tuple[Installation, Redis],
) -> None:
    installation, client = importing_much
    command = ("import", "--format", "checks", "checks")
    process = subprocess.Popen(
        (*PROGRAM, *command),
        env=installation.environ,
        cwd=installation.directory,
        stderr=subprocess.PIPE,
        text=True,
    )
    counted = f"tc:{{acme}}:{TODAY:%Y%m%d}:editor:n"
    deadline = time.monotonic() + 30
    while not client.exists(counted) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told.splitlines()[-1]) == (130, f"Interrupted. {GOES_ON}")
    assert "Traceback" not in told
    assert 0 < int(client.hget(counted, "all") or 0) < LINES
    installation.run(*command)
    assert client.hget(counted, "all") == str(LINES).encode()
