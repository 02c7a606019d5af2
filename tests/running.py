"""The program as people run it: real processes, each test with a directory and a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = (sys.executable, "-m", "telemetry_counter")
OURS = ("ENABLE_TELEMETRY", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "DEFAULT_OWNER", "HOST", "PORT", "WORKERS")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Installation:
    """A directory to work in, and the settings."""

    directory: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        given = {
            "ENABLE_TELEMETRY": "true",
            "DATA_DIR": str(self.directory / "store"),
            "PORT": str(self.port),
        }
        return kept | given | self.settings

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (*PROGRAM, *arguments),
            env=self.environ,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=60,
            check=check,
        )

    def run_into(self, path: Path, *arguments: str) -> None:
        """As `run`, with standard output redirected into a file."""
        with path.open("wb") as file:
            command = (*PROGRAM, *arguments)
            subprocess.run(command, env=self.environ, cwd=self.directory, stdout=file, timeout=60, check=True)

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The service, ready to count; ended with SIGTERM."""
        process = subprocess.Popen((*PROGRAM, "serve", *arguments), env=self.environ, cwd=self.directory)
        try:
            wait_until_ready(self.url, process)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{url}/ready", timeout=1).close()
            return
        except (OSError, urllib.error.URLError):
            if process.poll() is not None:
                raise RuntimeError(f"the service ended with {process.returncode}") from None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
