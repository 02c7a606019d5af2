"""Counters in memory of a fixed size: of this process, or shared by all that map the same file."""

import errno
import logging
import math
import os
from collections.abc import Callable
from hashlib import blake2b
from mmap import mmap
from pathlib import Path

from limits.storage import Storage

log = logging.getLogger("telemetry_counter.rate_limits")


class Slots(Storage):
    """A storage of the limits library that neither grows nor needs a thread to forget.

    Its own memory storage looks at every key a hundred times a second. With a file, the processes that
    share it count together; two that count in the same microsecond may count one. No count lasts longer than
    `window` seconds, also where the clock is set back by a day.
    """

    def __init__(
        self,
        now: Callable[[], float],
        slots: int,
        shared: Path | None = None,
        window: float = math.inf,
    ) -> None:
        super().__init__()
        self._window = window
        self._now = now
        self._slots = slots
        self._place: Callable[[str], int] = place_for_all if shared else hash
        memory = memoryview(shared_memory(shared, 12 * slots) if shared else bytearray(12 * slots))
        self._ends = memory[: 8 * slots].cast("d")
        self._counts = memory[8 * slots :].cast("I")

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        slot = self._place(key) % self._slots
        now = self._now()
        if not now < self._ends[slot] <= now + self._window:
            self._counts[slot] = 0
            self._ends[slot] = now + expiry
        self._counts[slot] += amount
        return self._counts[slot]

    def get(self, key: str) -> int:
        slot = self._place(key) % self._slots
        now = self._now()
        return self._counts[slot] if now < self._ends[slot] <= now + self._window else 0

    def get_expiry(self, key: str) -> float:
        return self._ends[self._place(key) % self._slots]

    def clear(self, key: str) -> None:
        self._ends[self._place(key) % self._slots] = 0

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._ends[:] = memoryview(bytes(8 * self._slots)).cast("d")
        return None

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError


def place_for_all(key: str) -> int:
    """A hash that is the same in every process, unlike Python's own."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())


def shared_memory(path: Path, size: int) -> mmap | bytearray:
    """Shared by all processes that name the same path; where that fails, of this process alone."""
    try:
        return mapped(path, size)
    except OSError as error:
        log.warning("What should be counted by all workers together, each counts for itself: %s", error)
        return bytearray(size)


def mapped(path: Path, size: int) -> mmap:
    """Memory shared by all processes that map the file; zeros at first.

    They are written out: the system kills a process that touches a page for which its disk has no room.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        there = os.fstat(descriptor).st_size
        if there < size and os.pwrite(descriptor, bytes(size - there), there) < size - there:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return mmap(descriptor, size)
    finally:
        os.close(descriptor)
