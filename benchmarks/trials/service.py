"""The service as its operator runs it, with its processes at hand."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from processes import family, program_of

import telemetry_counter

ROOT = Path(telemetry_counter.__file__).parents[1]
SECRET = "a secret of the trials, long enough"
START_SECONDS = 20.0


class ServiceProcess:
    """`environ` is what the operator set."""

    def __init__(self, directory: Path, port: int, **environ: str) -> None:
        self.port = port
        self.directory = directory
        self.log = directory / "service.log"
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environ = clean | {
            "PYTHONPATH": str(ROOT),
            "ENABLE_TELEMETRY": "true",
            "SECRET_KEY": SECRET,
            "DATA_DIR": str(directory / "data"),
            "PORT": str(port),
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "telemetry_counter", "serve"],
                cwd=self.directory,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service does not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2).close()
        except OSError:
            return False
        return True

    def logged_lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def mistakes(self) -> list[str]:
        """What it logged of errors that it did not expect."""
        return [line for line in self.logged_lines() if is_mistake(line)]

    def given_up(self) -> int:
        """Hits that workers had to give up when they ended, as they logged it."""
        return sum(map(int, re.findall(r"(\d+) hits were given up", self.log.read_text())))

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the service does not run")
        return self._process.pid

    def workers(self) -> list[int]:
        """The processes that answer, other than the supervisor and the store."""
        return [pid for pid in family(self.pid)[1:] if is_worker(pid)]

    def store(self) -> int:
        """The embedded store."""
        return next(pid for pid in family(self.pid) if program_of(pid) == "valkey-server")

    def kill(self) -> None:
        """kill -9 of the process the operator started, and of no other."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> tuple[int, float]:
        """SIGTERM. Returns the exit status and the seconds it took."""
        if self._process is None:
            raise RuntimeError("the service does not run")
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(40)
        finally:
            self.kill()
        return status, time.monotonic() - begun


def is_mistake(line: str) -> bool:
    """Such a line has a traceback."""
    return '"stack": ' in line or "Traceback" in line


def is_unkept(line: str) -> bool:
    """Says that hits were answered as pending because the primary alone had them."""
    return "Too few replicas have what is counted" in line


def is_worker(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"spawn_main" in command and b"resource_tracker" not in command


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
