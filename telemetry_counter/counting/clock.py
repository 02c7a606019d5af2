"""The UTC day on which something is received."""

import datetime as dt
import time
from collections.abc import Callable

SECONDS_A_DAY = 86_400


class UtcDay:
    """Today's date, computed once a day: asking costs one reading of the clock (unix seconds)."""

    __slots__ = ("_begins", "_day", "_ends", "now")

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self._turn(now())

    def today(self) -> dt.date:
        now = self.now()
        if not self._begins <= now < self._ends:
            self._turn(now)
        return self._day

    def _turn(self, now: float) -> None:
        self._begins = now // SECONDS_A_DAY * SECONDS_A_DAY
        self._ends = self._begins + SECONDS_A_DAY
        self._day = dt.datetime.fromtimestamp(now, dt.UTC).date()


def end_of_day(day: dt.date) -> dt.datetime:
    """The first instant after `day`, UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)


def expires_at(day: dt.date, retention_days: int) -> int:
    """Unix seconds at which everything counted on `day` is deleted: `retention_days` after it ends."""
    return int(end_of_day(day).timestamp()) + retention_days * SECONDS_A_DAY
