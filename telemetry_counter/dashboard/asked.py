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
SHOWN = {"today": "today", "week": "the week", "month": "the month"}
NO_FILTERS = "A year is kept as plain sums, which cannot be filtered"


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
        offered = [*kept, YEAR] if self.with_year else kept
        return [
            Choice(NAMES[name], self.but(range=name, **self._left(name)), self.query.get("range") == name)
            for name in offered
        ]

    def _left(self, range_: str) -> dict[str, str]:
        """Filters stay behind on the way to a year, of most of whose days only plain sums are kept."""
        return dict.fromkeys(FILTERS, "") if range_ == YEAR else {}

    @property
    def year_unfiltered(self) -> str:
        """Why a year and filters do not go together, where somebody might wonder."""
        if self.is_year:
            return f"{NO_FILTERS}: with a filter, this page shows {SHOWN[default_range(self.reach)]}."
        if self.with_year and any(self.query.get(name) for name in FILTERS):
            return f"{NO_FILTERS}: Year shows everything."
        return ""

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
