"""A lock between processes that is waited for only so long."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator

_POLL_SECONDS = 0.005

_held: set[int] = set()


class Busy(OSError):
    """Another process kept the lock for longer than the caller would wait."""


@contextlib.contextmanager
def locked(path: str, seconds: float) -> Iterator[None]:
    """Holds the lock file `path`; raises Busy after `seconds`, OSError where there can be no lock file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    _held.add(descriptor)
    try:
        _acquire(descriptor, time.monotonic() + seconds)
        try:
            yield
        finally:
            _release(descriptor)
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def _acquire(descriptor: int, deadline: float) -> None:
    while not _try(descriptor):
        if time.monotonic() >= deadline:
            raise Busy("another process holds the lock")
        time.sleep(_POLL_SECONDS)


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _drop_inherited() -> None:
        """A forked child shares its parent's lock: left open here, it would outlive a parent that dies."""
        while _held:
            with contextlib.suppress(OSError):
                os.close(_held.pop())

    os.register_at_fork(after_in_child=_drop_inherited)
