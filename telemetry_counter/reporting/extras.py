"""What a report is asked for beyond its figures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telemetry_counter.errors import InvalidInput
from telemetry_counter.reporting.selection import Reach, Selection

PARAMETERS = frozenset({"compare", "include"})
WEEK, MONTH = 7, 30
"""Days that weekly and monthly active devices are united over, the day itself the last of them."""


@dataclass(frozen=True, slots=True)
class Extras:
    """`compare`: with the days before. `active`: devices active in the week and month up to each day."""

    compare: bool = False
    active: bool = False


def parse_extras(parameters: Mapping[str, str]) -> Extras:
    """Raises InvalidInput with a sentence that names the parameter. An empty one counts as not given."""
    compare, include = (parameters.get(name, "") for name in ("compare", "include"))
    if compare not in ("", "previous"):
        raise InvalidInput("compare must be previous.")
    if include not in ("", "active"):
        raise InvalidInput("include must be active.")
    return Extras(compare == "previous", include == "active")


NOT_OVER = "Today is not over, so the change holds what came of it so far against a whole day."


def not_over(selection: Selection, reach: Reach) -> list[str]:
    """The note of a comparison whose last day has only begun."""
    return [NOT_OVER] if selection.days[-1] >= reach.today else []


def closed_part(selection: Selection, today: dt.date) -> Selection | None:
    """The same over those of its days that are over; None if none is."""
    closed = tuple(day for day in selection.days if day < today)
    return replace(selection, days=closed) if closed else None


def is_kept(selection: Selection, reach: Reach) -> bool:
    return selection.days[0] >= reach.first


def changes(summary: Mapping[str, int], before: Mapping[str, int]) -> dict[str, Any]:
    """How much each figure grew, and in per cent of what it was; None where it was nothing."""
    return {
        name: {
            "absolute": figure - before[name],
            "percent": round(100 * (figure - before[name]) / before[name], 2) if before[name] else None,
        }
        for name, figure in summary.items()
    }


def spans(days: Sequence[dt.date], reach: Reach) -> dict[tuple[dt.date, int], tuple[dt.date, ...]]:
    """The days that each day's weekly and monthly devices are united over, if all of them are kept."""
    found = {}
    for day in days:
        for length in (1, WEEK, MONTH):
            first = day - dt.timedelta(days=length - 1)
            if first >= reach.first:
                found[day, length] = tuple(first + dt.timedelta(days=n) for n in range(length))
    return found


def active_rows(days: Sequence[dt.date], counted: Mapping[tuple[dt.date, int], int]) -> list[dict[str, Any]]:
    names = (("daily", 1), ("weekly", WEEK), ("monthly", MONTH))
    return [
        {"date": day.isoformat(), **{name: counted.get((day, length)) for name, length in names}}
        for day in days
    ]


def active_notes(rows: Sequence[Mapping[str, Any]], reach: Reach) -> list[str]:
    if all(row["monthly"] is not None for row in rows):
        return []
    return [
        f"Weeks and months that begin before {reach.first}, the first day still kept, have no active devices."
    ]
