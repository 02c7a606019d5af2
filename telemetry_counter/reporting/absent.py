"""Sentences on days of which the figures cannot tell: no service counted on them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

MARKED_WITHIN = dt.timedelta(minutes=1)
"""A service that counts says so some seconds into the day; see housekeeping.TURN_SECONDS."""


def off_notes(rows: Sequence[Mapping[str, Any]], counting: Collection[str], now: dt.datetime) -> list[str]:
    """`rows` are the daily figures, `counting` the stamps of the days on which a service counted.

    Nothing is said before any day was marked.
    """
    # A clock that once ran ahead has left days to come.
    first = min((day for day in map(_date, counting) if day <= now.date()), default=None)
    if first is None:
        return []
    off = [day for day in map(_empty, rows) if day and day.strftime("%Y%m%d") not in counting]
    closed = [day for day in off if first < day < now.date()]
    said = []
    if any(day < first for day in off):
        said.append(f"The service began to count on {first}; of days before it shows only what was imported.")
    if closed:
        said.append(f"Telemetry was off, or the service down, all day on {', '.join(map(str, closed))}.")
    if off[-1:] == [now.date()] and (now - MARKED_WITHIN).date() == now.date():
        said.append(f"No service has counted yet on {now.date()}.")
    return said


def _date(stamp: str) -> dt.date:
    return dt.datetime.strptime(stamp, "%Y%m%d").date()


def _empty(row: Mapping[str, Any]) -> dt.date | None:
    """Its date, if nothing was counted on it."""
    return None if row["total_requests"] else dt.date.fromisoformat(row["date"])
