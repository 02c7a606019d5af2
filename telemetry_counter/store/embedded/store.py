"""The store inside DATA_DIR: one Valkey server, shared by all processes that use the directory.

The server itself holds the lock of the directory, from its launch to its end. The process that gets the
lock launches the server and owns it; the others use its socket, and one of them takes over when the
server is gone.
"""

import logging
import os
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Self

from telemetry_counter.errors import SettingsError
from telemetry_counter.store.embedded.directory import make_private, socket_path, take_lock
from telemetry_counter.store.embedded.server import StoreServer, ask, server_binary, socket_url

APPEND_ONLY = "appendonlydir"
CHECK_SECONDS = 0.2
STARTING_CHECK_SECONDS = 0.02
FAREWELL_SECONDS = 0.2  # a server that was told to end answers for up to 0.1 s more
SYNC_SECONDS = 1.0
STEADY_SECONDS = 10.0  # a server that ends sooner is launched again after growing pauses
LONGEST_PAUSE_SECONDS = 5.0

_log = logging.getLogger("telemetry_counter.store")


class EmbeddedStore:
    """Joins the store of a directory or launches it: `with EmbeddedStore(directory) as store: store.url`.

    One thread, the keeper, does everything to the server and lives as long as this process uses it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = Path(os.path.realpath(directory))
        self._socket = socket_path(self._directory)
        self.url = socket_url(self._socket)
        self._keeper: Thread | None = None
        self._leave = Event()
        self._server: StoreServer | None = None
        self._synced: dict[Path, int] = {}
        self._synced_at = float("-inf")

    @property
    def owned(self) -> bool:
        """Whether this process launched the running server."""
        return self._server is not None

    def start(self, timeout_seconds: float = 20.0) -> None:
        """Return when the store answers; one that is loading may take longer than the timeout."""
        if self._keeper is not None:
            return
        self._binary = server_binary()
        self._launched, self._pause = float("-inf"), 0.0
        self._leave.clear()
        started: Future[None] = Future()
        arguments = (timeout_seconds, started)
        self._keeper = Thread(target=self._keep, args=arguments, name="store-keeper", daemon=True)
        self._keeper.start()
        try:
            started.result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leave the store; the server ends with its owner."""
        if self._keeper is not None:
            self._leave.set()
            self._keeper.join()
            self._keeper = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep(self, timeout_seconds: float, started: Future[None]) -> None:
        try:
            self._begin(timeout_seconds)
            started.set_result(None)
            while not self._leave.wait(CHECK_SECONDS):
                self._check()
        except FileExistsError as error:
            started.set_exception(self._unusable(f"{error.filename} is not a directory"))
        except OSError as error:
            started.set_exception(self._unusable(error.strerror or str(error)))
        except Exception as error:
            started.set_exception(error)
        finally:
            self._end_server()

    def _begin(self, timeout_seconds: float) -> None:
        deadline = monotonic() + timeout_seconds
        while not self._leave.is_set():
            if self._server is None:
                self._launch_if_free()
            elif (ending := self._server.ending()) is not None:
                raise self._unusable(ending)
            match ask(self.url):
                case (_, True):
                    deadline = monotonic() + timeout_seconds
                case (pid, False) if self._stays(pid):
                    return
            if monotonic() > deadline:
                whose = "the store" if self.owned else "the store that another process runs"
                raise self._unusable(f"{whose} does not answer within {timeout_seconds:g} seconds")
            self._leave.wait(STARTING_CHECK_SECONDS)

    def _stays(self, pid: int) -> bool:
        """Whether the server that answered is ours or, as far as can be told, another's that goes on."""
        if self._server is not None:
            return pid == self._server.pid
        self._leave.wait(FAREWELL_SECONDS)
        return ask(self.url) == (pid, False)

    def _check(self) -> None:
        try:
            if self._server is not None:
                self._look_after(self._server)
            if self._server is None:
                self._launch_if_free()
        except Exception as error:  # whatever it is, the server would end with this thread
            _log.warning("the embedded store cannot be kept as it should: %s", error)
            self._leave.wait(SYNC_SECONDS)

    def _look_after(self, server: StoreServer) -> None:
        ending = server.ending()
        if ending is not None:
            _log.warning("the embedded store ended (%s), starting it again", ending)
            self._server = None
        elif self._lived() > STEADY_SECONDS and not self._socket.exists():
            _log.warning("the socket of the embedded store is gone, starting the store again")
            self._end_server()
        elif monotonic() > self._synced_at + SYNC_SECONDS:
            self._sync()

    def _launch_if_free(self) -> None:
        if self._lived() < self._pause:
            return
        make_private(self._directory)
        lock = take_lock(self._directory)
        if lock is None:
            return
        try:
            if ask(self.url) is None:  # else the lock's file was removed beside a running server
                self._launch(lock)
        finally:
            os.close(lock)

    def _launch(self, lock: int) -> None:
        longer = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        self._pause = CHECK_SECONDS if self._lived() > STEADY_SECONDS else longer
        self._launched = monotonic()
        make_private(self._socket.parent)
        for left_over in self._directory.glob("temp-rewriteaof-*.aof"):
            left_over.unlink(missing_ok=True)
        self._server = StoreServer(self._binary, self._directory, self._socket, lock)

    def _lived(self) -> float:
        return monotonic() - self._launched

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.end()
            self._server = None

    def _sync(self) -> None:
        """Bring to the disk what the server wrote, so that a power cut costs about a second."""
        self._synced_at = monotonic()
        for log in (self._directory / APPEND_ONLY).glob("*.incr.aof"):
            with suppress(FileNotFoundError), log.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if self._synced.get(log) != size:
                    os.fsync(file.fileno())
                    self._synced[log] = size

    def _unusable(self, why: str) -> SettingsError:
        return SettingsError(f"DATA_DIR ({self._directory}) cannot hold the store: {why}.")
