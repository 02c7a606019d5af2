"""A store of the trial's own, which may be killed, stopped and frozen."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError

from telemetry_counter.store.embedded.server import server_binary

REDIS, VALKEY = "redis", "valkey"


def binary_of(kind: str) -> str | None:
    return shutil.which("redis-server") if kind == REDIS else str(server_binary())


class StoreProcess:
    """A server that appends every write to its log before it answers."""

    def __init__(self, binary: str, directory: Path, port: int) -> None:
        self.port = port
        self._directory = directory
        self._command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory)]
        self._command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self._command += ["--loglevel", "warning", "--enable-debug-command", "local"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        with (self._directory / "store.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def client(self) -> Redis:
        return Redis(port=self.port, socket_timeout=20)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _send(self, number: int) -> None:
        if self._process is None:
            raise RuntimeError("the store does not run")
        self._process.send_signal(number)
