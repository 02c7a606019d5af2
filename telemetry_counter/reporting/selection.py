"""What a report is asked about: days, apps and filters, from the parameters of a query."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from telemetry_counter.counting import names
from telemetry_counter.counting.names import Name
from telemetry_counter.errors import Forbidden, InvalidInput, NotFound

MAX_VALUES = 100
RANGES = {"today": 0, "week": 7, "month": 30}
"""Days before today that a range reaches back; with today they are 1, 8 and 31 dates."""

YEAR = "year"
YEAR_DAYS = 365

LISTS = {
    "apps": names.APP,
    "channels": names.CHANNEL,
    "platforms": names.PLATFORM,
    "architectures": names.ARCH,
}
PARAMETERS = frozenset({"date", "range", "from", "to", *LISTS})

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Grants:
    """What a team user may filter by; what is not listed is not granted."""

    apps: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()

    def check(self, parameter: str, values: Iterable[str]) -> None:
        granted: frozenset[str] = getattr(self, parameter)
        for value in values:
            if value not in granted:
                raise Forbidden(f"This token may not filter {parameter} by {value}.")


@dataclass(frozen=True, slots=True)
class Filters:
    """Values that a cell must have; an empty dimension takes every cell."""

    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.channels or self.platforms or self.architectures)

    def take(self, channel: str, platform: str, arch: str) -> bool:
        return (
            (not self.channels or channel in self.channels)
            and (not self.platforms or platform in self.platforms)
            and (not self.architectures or arch in self.architectures)
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Days without gaps, ascending, at least one; apps by name."""

    days: tuple[dt.date, ...]
    apps: tuple[str, ...]
    filters: Filters = Filters()
    is_history: bool = False
    """Whether the days reach beyond what is kept, so that only the plain figures of most are left."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The days that can be asked about."""

    today: dt.date
    retention_days: int

    @property
    def first(self) -> dt.date:
        return self.today - dt.timedelta(days=self.retention_days)

    def check(self, parameter: str, day: dt.date) -> dt.date:
        if day > self.today:
            raise InvalidInput(f"{parameter} is in the future; today is {self.today} (UTC).")
        if day < self.first:
            raise InvalidInput(f"{parameter} is before {self.first}, the first day that is still kept.")
        return day


def parse_selection(
    parameters: Mapping[str, str],
    reach: Reach,
    apps: Collection[str],
    grants: Grants | None = None,
    *,
    with_year: bool = False,
) -> Selection:
    """`apps` are the admin's; `grants` those of a team user, None for the admin; `with_year` where there
    is a history that range=year can be answered from.

    Raises InvalidInput, Forbidden or NotFound, each with a sentence that names the parameter or value.
    An empty parameter counts as not given.
    """
    given = {name: value for name, value in parameters.items() if value and name in PARAMETERS}
    days = _days(given, reach, with_year) or (reach.today,)
    lists = {name: _values(name, given.get(name, "")) for name in LISTS}
    if grants is not None:
        for name, values in lists.items():
            grants.check(name, values)
    for app in lists["apps"]:
        if app not in apps:
            raise NotFound(f"There is no app {app}.")
    filters = Filters(lists["channels"], lists["platforms"], lists["architectures"])
    is_history = given.get("range") == YEAR
    if is_history and filters:
        raise InvalidInput("range=year cannot be filtered: of most of its days only plain figures are kept.")
    return Selection(days, lists["apps"] or tuple(sorted(apps)), filters, is_history)


def previous(selection: Selection) -> Selection:
    """The same over as many days directly before."""
    step = dt.timedelta(days=len(selection.days))
    return replace(selection, days=tuple(day - step for day in selection.days))


def parse_days(parameters: Mapping[str, str], reach: Reach) -> tuple[dt.date, ...]:
    """The days that date, range, from and to name; none if none of them is given."""
    return _days({name: value for name, value in parameters.items() if value}, reach, with_year=False)


def _days(given: Mapping[str, str], reach: Reach, with_year: bool) -> tuple[dt.date, ...]:
    ways = [name for name in ("date", "range", "from", "to") if name in given]
    for one, other in pairwise(ways):
        if (one, other) != ("from", "to"):
            raise InvalidInput(f"{one} and {other} cannot be given together.")
    if "from" in given or "to" in given:
        return _span(given, reach)
    if "date" in given:
        return (reach.check("date", _date("date", given["date"])),)
    if "range" not in given:
        return ()
    if with_year and given["range"] == YEAR:
        return dates(reach.today - dt.timedelta(days=YEAR_DAYS), reach.today)
    reach_back = RANGES.get(given["range"])
    if reach_back is None:
        raise InvalidInput(f"range must be today, week{', month or year' if with_year else ' or month'}.")
    first = reach.today - dt.timedelta(days=reach_back)
    if first < reach.first:
        raise InvalidInput(
            f"range={given['range']} begins before {reach.first}, the first day that is still kept."
        )
    return dates(first, reach.today)


def _span(given: Mapping[str, str], reach: Reach) -> tuple[dt.date, ...]:
    for name, other in (("from", "to"), ("to", "from")):
        if name not in given:
            raise InvalidInput(f"{name} is missing: {other} needs it.")
    first, last = (reach.check(name, _date(name, given[name])) for name in ("from", "to"))
    if first > last:
        raise InvalidInput("from is after to.")
    return dates(first, last)


def dates(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Every date from the first to the last."""
    return tuple(first + dt.timedelta(days=offset) for offset in range((last - first).days + 1))


def _date(parameter: str, text: str) -> dt.date:
    if not _DATE.fullmatch(text):
        raise InvalidInput(f"{parameter} must be a date as in 2025-06-16.")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{parameter} is not a date of the calendar.") from None


def _values(parameter: str, text: str) -> tuple[str, ...]:
    """The values of a list, once each, sorted."""
    if not text:
        return ()
    values = text.split(",", MAX_VALUES)
    if len(values) > MAX_VALUES:
        raise InvalidInput(f"{parameter} lists more than {MAX_VALUES} values.")
    name: Name = replace(LISTS[parameter], parameter=f"A value of {parameter}")
    return tuple(sorted({name.check(value) for value in values}))
