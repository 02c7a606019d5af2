"""Where the workers of one service leave their records for each other: a private directory, a place for each.

A place is locked as long as its worker lives, however that ends. Whoever takes it next goes on from what
was counted there, so the sums never fall and the places stay as few as the workers.
"""

import errno
import fcntl
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from telemetry_counter.errors import SettingsError
from telemetry_counter.metrics.tallies import Record

log = logging.getLogger("telemetry_counter.metrics")

VARIABLE = "TELEMETRY_COUNTER_METRICS"
"""How the supervisor tells its workers the directory; nothing for people to set."""

PREFIX = "telemetry-counter-metrics-"
LOCK, RECORD = ".lock", ".record"
SUPERVISOR = "supervisor"

_decoder = msgspec.msgpack.Decoder(Record)


class Place:
    """This worker's. The lock is the open file's."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._supervisor = os.getppid()
        self._take()

    def _take(self) -> None:
        make_private(self.directory)
        self.number, self._lock = _claim(self.directory)
        self._path = self.directory / f"{self.number}{RECORD}"
        self._draft = self.directory / f"{self.number}.draft"

    def before(self) -> Record | None:
        """What the worker that had this place left."""
        return _read(self._path)

    def keep(self, record: Record) -> None:
        """Takes another place first where somebody tidied this one away, unless nobody is left to be told."""
        if os.fstat(self._lock).st_nlink == 0 and os.getppid() == self._supervisor:
            gone = self._lock
            self._take()
            os.close(gone)
        os.utime(self._lock)  # what tidies up looks for what is old
        self._draft.write_bytes(msgspec.msgpack.encode(record))
        self._draft.replace(self._path)

    def others(self) -> Iterator[tuple[int, Record, bool]]:
        """Number, record, and whether its worker lives."""
        for path in sorted(self.directory.glob(f"*{RECORD}")):
            number = int(path.name.removesuffix(RECORD))
            if number != self.number and (record := _read(path)):
                yield number, record, is_locked(self.directory / f"{number}{LOCK}")

    def close(self) -> None:
        os.close(self._lock)


def place_in(directory: str) -> Place | None:
    """A new one; None where there can be none, for a worker that counts is worth more than its metrics."""
    try:
        return Place(Path(directory))
    except OSError as error:
        log.error("The other workers' /metrics leave this one out: %s", error)
        return None


@contextmanager
def shared_directory() -> Iterator[Path]:
    """For as long as the supervisor runs. What a killed one left behind is removed by the next."""
    try:
        sweep(Path(tempfile.gettempdir()))
    except FileNotFoundError as error:
        raise SettingsError(
            "WORKERS: several need a temporary directory they can write to; name one in TMPDIR, or run 1."
        ) from error
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        lock = _try_lock(Path(name) / f"{SUPERVISOR}{LOCK}")
        try:
            yield Path(name)
        finally:
            if lock is not None:
                os.close(lock)


def make_private(directory: Path) -> None:
    """Also again, after somebody tidied up; but not where somebody else was quicker."""
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(errno.EACCES, "belongs to another user", str(directory))


def sweep(parent: Path) -> None:
    for directory in parent.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another service that starts or ends has just removed it
            owned = directory.stat(follow_symlinks=False).st_uid == os.getuid()
            lock = directory / f"{SUPERVISOR}{LOCK}"
            if owned and lock.exists() and not is_locked(lock):
                shutil.rmtree(directory, ignore_errors=True)


def is_locked(path: Path) -> bool:
    descriptor = _try_lock(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def _claim(directory: Path) -> tuple[int, int]:
    number = 0
    while (descriptor := _try_lock(directory / f"{number}{LOCK}")) is None:
        number += 1
    return number, descriptor


def _try_lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _read(path: Path) -> Record | None:
    try:
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
