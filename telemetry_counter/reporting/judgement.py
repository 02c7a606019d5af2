"""Which cells were the latest at a moment, by the releases then out."""

import datetime as dt
from bisect import bisect_right
from functools import lru_cache
from hashlib import blake2b

from telemetry_counter.counting.checks import LATEST, OUTDATED
from telemetry_counter.counting.clock import end_of_day
from telemetry_counter.counting.names import OTHER
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.reporting.cells import Cell

REPORTED = {LATEST: True, OUTDATED: False}
BEFORE_ANY_RELEASE = dt.datetime.min.replace(tzinfo=dt.UTC)
REMEMBERED_VERDICTS = 10_000


class Judge:
    """Judges the cells of one app at one moment: True for latest, False for outdated, None for neither."""

    def __init__(self, history: ReleaseHistory, at: dt.datetime) -> None:
        self._history = history
        self._at = at
        self._has_releases = bool(history.versions(at))
        self._verdicts: dict[Cell, bool | None] = {}

    def verdict(self, cell: Cell) -> bool | None:
        try:
            return self._verdicts[cell]
        except KeyError:
            if len(self._verdicts) >= REMEMBERED_VERDICTS:
                self._verdicts.clear()
            verdict = self._verdicts[cell] = self._judge(cell)
            return verdict

    def _judge(self, cell: Cell) -> bool | None:
        if self._has_releases and cell.version == OTHER:
            return None
        verdict = self._history.is_latest(cell.channel, cell.platform, cell.arch, cell.version, self._at)
        return REPORTED.get(cell.state) if verdict is None else verdict


class Bench:
    """The judges of one app: between two changes of its releases one judge serves every moment."""

    def __init__(self, history: ReleaseHistory) -> None:
        releases = history.releases
        moments = {moment for r in releases for moment in (r.published, r.withdrawn) if moment}
        self._changes = sorted(moments)
        self._judge = lru_cache(maxsize=64)(lambda at: Judge(history, at))
        facts = [
            (r.version, r.channel, r.platform, r.arch, str(r.published), str(r.withdrawn)) for r in releases
        ]
        self.digest = blake2b(repr(facts).encode(), digest_size=16).hexdigest()
        """The same for histories that judge alike."""

    def at(self, moment: dt.datetime) -> Judge:
        return self._judge(self.settled(moment))

    def settled(self, moment: dt.datetime) -> dt.datetime:
        """The last change up to that moment."""
        place = bisect_right(self._changes, moment)
        return self._changes[place - 1] if place else BEFORE_ANY_RELEASE


@lru_cache(maxsize=256)
def bench_of(history: ReleaseHistory) -> Bench:
    """Remembered: what was judged once need not be judged again while the history stands."""
    return Bench(history)


def judged_at(day: dt.date, now: dt.datetime) -> dt.datetime:
    """The moment at which a day's cells are judged: its last, or now while it lasts."""
    return min(end_of_day(day) - dt.timedelta(microseconds=1), now)
