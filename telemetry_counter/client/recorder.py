"""Counts in memory until they are written down; safe between threads, empty in a forked child."""

import threading
from collections.abc import Callable, Mapping

from telemetry_counter.client.summary import Summary

MAX_DAYS = 8
"""In memory, where nothing can be written: what the file may hold too."""

Write = Callable[[Mapping[str, Summary]], None]


class Recorder:
    __slots__ = ("_days", "_lock")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Also makes a new lock: a forked child may have inherited it held, by a thread that it has not."""
        # Reentrant: a signal handler of the host may count while the thread it interrupts is counting.
        self._lock = threading.RLock()
        self._days: dict[str, Summary] = {}

    def count(self, day: str, event: str, properties: Mapping[str, str]) -> None:
        with self._lock:
            self._day(day).add(event, properties)

    def flush(self, write: Write) -> None:
        """Hands everything to `write`, and takes it back if that raises."""
        with self._lock:
            taken, self._days = self._days, {}
        if not taken:
            return
        try:
            write(taken)
        except BaseException:
            self._take_back(taken)
            raise

    def days(self) -> dict[str, Summary]:
        """What has not been written down."""
        with self._lock:
            return dict(self._days)

    def _take_back(self, taken: Mapping[str, Summary]) -> None:
        with self._lock:
            for day, summary in taken.items():
                self._day(day).merge(summary)

    def _day(self, day: str) -> Summary:
        while day not in self._days and len(self._days) >= MAX_DAYS:
            del self._days[min(self._days)]
        return self._days.setdefault(day, Summary())
