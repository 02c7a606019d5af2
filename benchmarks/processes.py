"""Starting what is measured, and reading what it cost from /proc."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).parent
PROGRAM = (sys.executable, "-m", "telemetry_counter")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: tuple[str, ...], url: str, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers `url` by now; ended with SIGTERM."""
    process = subprocess.Popen(command, env=os.environ | environ, stdout=subprocess.DEVNULL)
    try:
        wait_for(url, process)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError as error:
            if isinstance(error, urllib.request.HTTPError):
                return
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{url} does not answer") from error
            time.sleep(0.05)


def manage(*arguments: str, environ: dict[str, str]) -> str:
    """One command of the program; its standard output."""
    done = subprocess.run((*PROGRAM, *arguments), env=os.environ | environ, capture_output=True, check=True)
    return done.stdout.decode().strip()


def family(pid: int) -> list[int]:
    """The process and all its descendants, also those that its threads started."""
    found = [pid]
    with suppress(FileNotFoundError, ProcessLookupError):  # it ends while it is looked at
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            for child in _children_of(task):
                found += family(int(child))
    return found


def _children_of(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # a thread that has just ended
        return []


def program_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


def rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
