"""What the days of a selection add up to: plain sums, and which sketches are to be united."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.reporting.figures import DayFigures, clients
from telemetry_counter.reporting.judgement import Judge
from telemetry_counter.reporting.selection import Filters

REFUSAL, OVERFLOW, VERSION = "r:", "o:", "v:"

Unions = dict[str, list[str]]
"""For each figure the keys of the sketches it is the union of."""


@dataclass(slots=True)
class DayTally:
    requests: int = 0
    unions: Unions = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """Grows by one app's day after the other; `days` has every day of the selection from the start."""

    days: dict[dt.date, DayTally]
    unions: Unions = field(default_factory=dict)
    active_apps: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    overflow: Counter[str] = field(default_factory=Counter)
    with_versions: bool = False
    """Whether each day's devices are told apart by version: of a single app, or it would be too much."""

    @classmethod
    def of(cls, days: Iterable[dt.date], *, with_versions: bool = False) -> "Tally":
        return cls({day: DayTally() for day in days}, with_versions=with_versions)

    def add(
        self,
        day: dt.date,
        app: str,
        sketches: str,
        table: DayTable,
        filters: Filters,
        of_day: Judge,
        of_range: Judge,
    ) -> None:
        """`sketches` is what the keys of this app's and day's sketches begin with."""
        self.refusals.update(table.under(REFUSAL))
        self.overflow.update(table.under(OVERFLOW))
        part = table.slice(filters)
        requests = table.requests(part)
        if not requests:
            return
        self.active_apps.add(app)
        values = table.values(part)
        judged = part.judged(of_range)
        _extend(self.unions, sketches, values | judged)
        judged_then = judged if of_day is of_range else part.judged(of_day)
        self.days[day].requests += requests
        _extend(self.days[day].unions, sketches, {ALL: values[ALL], **judged_then})
        if self.with_versions:
            versions = {field: of_field for field, of_field in values.items() if field.startswith(VERSION)}
            _extend(self.days[day].unions, sketches, versions)

    def figures_of_days(self, devices: Iterable[Mapping[str, int]]) -> dict[dt.date, DayFigures]:
        """The figures of each day, given its devices by figure."""
        pairs = zip(self.days.items(), devices, strict=True)
        return {
            day: DayFigures(of_day.requests, clients(counted), _versions(counted))
            for (day, of_day), counted in pairs
        }


def _versions(counted: Mapping[str, int]) -> dict[str, int]:
    return {name.removeprefix(VERSION): n for name, n in counted.items() if name.startswith(VERSION)}


def _extend(unions: Unions, sketches: str, fields: dict[str, list[str]]) -> None:
    for figure, of_figure in fields.items():
        unions.setdefault(figure, []).extend([sketches + one for one in of_figure])
