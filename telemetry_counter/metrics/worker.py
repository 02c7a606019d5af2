"""One worker's tallies, and the way to those of the others."""

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from telemetry_counter.metrics.families import Workers
from telemetry_counter.metrics.places import Place
from telemetry_counter.metrics.tallies import Gauges, Record, Tallies

STATM = Path("/proc/self/statm")


class Metrics:
    """`place` is None for a worker that is alone."""

    def __init__(self, place: Place | None = None, now: Callable[[], float] = time.time) -> None:
        self._place = place
        self._now = now
        before = place.before() if place else None
        self.tallies = Tallies()
        if before:
            self.tallies.add(before.tallies)
        self._started = before.gauges.started if before else now()

    @property
    def directory(self) -> Path | None:
        """The workers' own; None for one that is alone."""
        return self._place.directory if self._place else None

    def keep(self, gauges: Gauges) -> None:
        """Lets the other workers know."""
        if self._place:
            self._place.keep(Record(self.tallies, gauges))

    def gauges(self, *, store_is_up: bool, buffer_bytes: int, buffer_hits: int, limit_bytes: int) -> Gauges:
        return Gauges(
            started=self._started,
            store_is_up=store_is_up,
            buffer_bytes=buffer_bytes,
            buffer_hits=buffer_hits,
            buffer_limit_bytes=limit_bytes,
            memory_bytes=memory_bytes(),
            cpu_seconds=time.process_time(),
        )

    def of_all(self, gauges: Gauges) -> Workers:
        """With `gauges` as this worker's own."""
        tallies, living = Tallies(), {self._place.number if self._place else 0: gauges}
        tallies.add(self.tallies)
        for number, record, is_alive in self._place.others() if self._place else ():
            tallies.add(record.tallies)
            if is_alive:
                living[number] = record.gauges
        return Workers(tallies, dict(sorted(living.items())), self._now())


def memory_bytes() -> int:
    """Resident; where /proc is not there, the most it ever was."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
