"""What the days of a selection add up to: views, and which sketches tell the visitors of each figure."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from telemetry_counter.pages.dimensions import ALL, OPTED_OUT, PAIR_MARK, By
from telemetry_counter.pages.filters import PageFilter

Figure = tuple[str, ...]
"""What a number is of: ('all',), ('p:', '/path'), or one day of it: ('2025-06-16', 'all')."""

OVERFLOW = "o:"
DIMENSIONS = {by.value.prefix: by.value for by in By}
PATH, REFERRER, PAIR = (by.value.prefix for by in (By.PATH, By.REFERRER, By.PAIR))
REMEMBERED_FIELDS = 16_384


@dataclass(slots=True)
class PageTally:
    """`sketches`: for each figure the unions whose sizes are to be added, one for each day and site.

    A visitor is another one on every day and on every site, so there is nothing to unite across them.
    """

    views: Counter[Figure] = field(default_factory=Counter)
    sketches: dict[Figure, dict[tuple[dt.date, str], list[str]]] = field(default_factory=dict)
    overflow: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    opted_out: int = 0
    active_apps: set[str] = field(default_factory=set)

    def add(
        self, day: dt.date, app: str, sketches: str, fields: Mapping[bytes, bytes], only: PageFilter
    ) -> None:
        """One day of one site. `sketches` is what the keys of its sketches begin with."""
        for raw, raw_views in fields.items():
            name, views = raw.decode(), int(raw_views)
            if name.startswith(OVERFLOW):
                self.overflow[name.removeprefix(OVERFLOW)] += views
            elif name == OPTED_OUT:
                self.opted_out += views
            for figure in figures_of(name, only):
                self._add(figure, views, day, app, sketches + name)
                if figure == (ALL,):
                    self._add((day.isoformat(), ALL), views, day, app, sketches + name)
                    self.active_apps.add(app)

    def _add(self, figure: Figure, views: int, day: dt.date, app: str, sketch: str) -> None:
        self.views[figure] += views
        dimension = DIMENSIONS.get(figure[0])
        if dimension is None or dimension.is_sketched:
            self.sketches.setdefault(figure, {}).setdefault((day, app), []).append(sketch)


@lru_cache(REMEMBERED_FIELDS)
def figures_of(name: str, only: PageFilter) -> tuple[Figure, ...]:
    """The figures that a field is part of. With a filter, only pages and referrers can be told."""
    if name == ALL:
        return () if only else ((ALL,),)
    prefix, colon, value = name.partition(":")
    prefix += colon
    if prefix not in DIMENSIONS:
        return ()
    if prefix == PAIR:
        return _of_pair(value, only)
    if not only:
        return ((prefix, value),)
    is_told = (prefix == PATH and not only.referrer and only.takes_path(value)) or (
        prefix == REFERRER and not only.path and only.takes_referrer(value)
    )
    return ((ALL,), (prefix, value)) if is_told else ()


def _of_pair(pair: str, only: PageFilter) -> tuple[Figure, ...]:
    """A pair tells what the field of its path or referrer alone does not."""
    referrer, mark, path = pair.partition(PAIR_MARK)
    if not only or not mark or not only.takes_path(path) or not only.takes_referrer(referrer):
        return ()
    if not only.referrer:
        return ((REFERRER, referrer),)
    if not only.path:
        return ((PATH, path),)
    return ((ALL,), (PATH, path), (REFERRER, referrer))
