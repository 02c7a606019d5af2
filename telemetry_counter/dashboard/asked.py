"""What the address of a page asks for, and the addresses that ask for a little else."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from telemetry_counter.dashboard import wording
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.reporting.selection import RANGES, YEAR, Reach

DAYS = ("range", "date", "from", "to")
FILTERS = ("channels", "platforms", "architectures")
NAMES = {"today": "Today", "week": "Week", "month": "Month", YEAR: "Year"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`places` and `query` are the page's own; `days` what they came to."""

    links: Links
    places: tuple[str, ...]
    query: Mapping[str, str]
    days: tuple[dt.date, ...]
    reach: Reach
    with_year: bool = False

    def but(self, **changes: str) -> str:
        """This page with that changed; a new range takes the place of the one before."""
        kept = dict(self.query)
        if any(name in DAYS for name in changes):
            kept = {name: value for name, value in kept.items() if name not in DAYS}
        return self.links.with_query(self.places, kept | changes)

    def of_day(self, day: dt.date) -> str:
        """This page for one day; '' for a day that is not kept any more."""
        return self.but(date=day.isoformat()) if day >= self.reach.first else ""

    def here(self) -> str:
        """The address for a form of this page: without a query, as the form brings its own."""
        return self.links.with_query(self.places, {})

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """What a form of this page sends along unseen; `without`: what it asks for itself."""
        return [(name, value) for name, value in self.query.items() if value and name not in without]

    @property
    def ranges(self) -> list[Choice]:
        kept = [name for name, back in RANGES.items() if back <= self.reach.retention_days]
        # Of most of a year's days only plain figures are kept, which cannot be filtered.
        has_filters = any(self.query.get(name) for name in FILTERS)
        offered = [*kept, YEAR] if self.with_year and not has_filters else kept
        return [
            Choice(NAMES[name], self.but(range=name), self.query.get("range") == name) for name in offered
        ]

    @property
    def columns_lead(self) -> str:
        """Where the columns of a chart by day lead."""
        kept = sum(day >= self.reach.first for day in self.days)
        if kept == len(self.days):
            return "A column leads to its day"
        return f"Columns of the last {wording.counted(kept, 'day')} lead to their day"

    @property
    def is_year(self) -> bool:
        return self.query.get("range") == YEAR

    @property
    def said(self) -> str:
        return wording.span(self.days)

    @property
    def is_whole(self) -> bool:
        """Whether the days are all that are kept, so that nothing can be found elsewhere."""
        return self.days[0] <= self.reach.first

    @property
    def ends_today(self) -> bool:
        return self.days[-1] == self.reach.today

    @property
    def is_span(self) -> bool:
        return "from" in self.query


def default_range(reach: Reach) -> str:
    """The longest range of which all days are kept."""
    return next(name for name, back in reversed(RANGES.items()) if back <= reach.retention_days)
