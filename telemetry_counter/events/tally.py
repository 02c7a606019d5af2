"""What the days of a selection add up to: counts, and which sketches are to be united for each figure."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from telemetry_counter.events.dimensions import ALL, OVERFLOW, By
from telemetry_counter.reporting.selection import Filters

Figure = tuple[str, ...]
"""What a number is of: ('all',), ('e:', 'opened'), ('pv:', 'opened', 'kind', 'pdf'), ('version of', 'opened',
'1.2.3'), or one day of it: ('2025-06-16', 'e:', 'opened')."""

VERSION_OF = "version of"

DIMENSIONS = (By.CHANNEL, By.PLATFORM, By.ARCH, By.VERSION)
DAILY = (ALL, By.EVENT)
"""Figures that are shown day by day as well."""

PREFIXES = frozenset(By)
REMEMBERED_FIELDS = 16_384


@dataclass(slots=True)
class EventTally:
    counts: Counter[Figure] = field(default_factory=Counter)
    sketches: dict[Figure, list[str]] = field(default_factory=dict)
    overflow: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    active_apps: set[str] = field(default_factory=set)

    def add(
        self, day: dt.date, app: str, sketches: str, fields: Mapping[bytes, bytes], filters: Filters
    ) -> None:
        """One day of one app. `sketches` is what the keys of its sketches begin with."""
        date = day.isoformat()
        for raw, raw_count in fields.items():
            name, count = raw.decode(), int(raw_count)
            if name.startswith(OVERFLOW):
                self.overflow[name.removeprefix(OVERFLOW)] += count
            for figure in figures_of(name, filters):
                self._add(figure, count, sketches + name)
                if figure[0] in DAILY:
                    self._add((date, *figure), count, sketches + name)
                if figure[0] == ALL:
                    self.active_apps.add(app)

    def _add(self, figure: Figure, count: int, sketch: str) -> None:
        self.counts[figure] += count
        self.sketches.setdefault(figure, []).append(sketch)


@lru_cache(REMEMBERED_FIELDS)
def figures_of(name: str, filters: Filters) -> tuple[Figure, ...]:
    """The figures that a field is part of. With filters all but the properties' come from the builds."""
    if name == ALL:
        return () if filters else ((ALL,),)
    prefix, _, rest = name.partition(":")
    prefix += ":"
    if prefix == By.BUILD:
        event, *build = rest.split(",")
        return _of_build(event, build, filters)
    if filters or prefix not in PREFIXES:
        return ()
    return ((prefix, *rest.split(",")),)


def _of_build(event: str, build: list[str], filters: Filters) -> tuple[Figure, ...]:
    channel, platform, arch, version = build
    of_version = (VERSION_OF, event, version)
    if not filters:
        return (of_version,)
    if not filters.take(channel, platform, arch):
        return ()
    stated = ((prefix, value) for prefix, value in zip(DIMENSIONS, build, strict=True) if value)
    return ((ALL,), (By.EVENT, event), of_version, *stated)
