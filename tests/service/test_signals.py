"""Ends that nobody planned, on real processes: in order, and without a stack in the log."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import PROGRAM, Installation, wait_until_ready


def started(installation: Installation, *arguments: str) -> subprocess.Popen[bytes]:
    """In a group of its own, as in a terminal of its own; what it logs goes to `log`."""
    with (installation.directory / "log").open("wb") as log:
        process = subprocess.Popen(
            (*PROGRAM, "serve", *arguments),
            env=installation.environ,
            cwd=installation.directory,
            stderr=log,
            start_new_session=True,
        )
    wait_until_ready(installation.url, process)
    return process


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT), (signal.SIGHUP,)]
)
def test_it_ends_in_order(signals: tuple[signal.Signals, ...], tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    process = started(installation)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.02)
    assert process.wait(10) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_a_terminal_that_closes_does_not_end_workers_past_their_supervisor(tmp_path: Path) -> None:
    installation = Installation(tmp_path, {"WORKERS": "2"})
    process = started(installation)
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGHUP)
    time.sleep(0.6)  # the supervisor looks at them every half second
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert "ended by itself" not in (tmp_path / "log").read_text()
