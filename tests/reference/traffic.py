"""Months of update checks made up from a seed, and selections to ask about them."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from .exact import Check, PublishedRelease, Row, Selection
from .population import MEAN_ACTIVE, Population
from .release_plan import DAY_SECONDS, PLAN, Timeline

RANGES = {"today": 1, "week": 8, "month": 31}
"""Dates in each named range, today included."""

DIMENSIONS = {"channels": "channel", "platforms": "platform", "architectures": "arch"}
NEVER_OCCURRING = ("amiga", "beos")


@dataclass(frozen=True, slots=True)
class Month:
    """Whole days up to `now`, which is in the last second of the last one."""

    days: tuple[date, ...]
    now: datetime
    rows: list[Row]
    releases: list[PublishedRelease]
    apps: tuple[str, ...]


def month(seed: int, *, end: date, devices_per_day: int = 20_000, days: int = 31) -> Month:
    """A month whose days see about that many devices each; the same seed gives the same month."""
    rng = Random(seed)
    dates = days_until(end, days)
    timelines = {app: Timeline(app, days, rng.randrange(2)) for app in PLAN}
    population = Population(rng, round(devices_per_day / MEAN_ACTIVE), timelines)
    rows = [row for index, day in enumerate(dates) for row in population.live(index, day)]
    now = datetime.combine(end, time(23, 59, 59), UTC)
    releases = [release for timeline in timelines.values() for release in timeline.releases(dates[0], now)]
    return Month(dates, now, rows, releases, tuple(PLAN))


def device_id(number: int) -> str:
    """The id that device sends, the same in every month: it looks like a random UUID."""
    digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def checks_of(row: Row) -> Iterator[Check]:
    """Single checks that add up to the row: each device once, and the rest with the id refused."""
    midnight = datetime.combine(row.day, time(), UTC)
    ids = [device_id(number) for number in sorted(row.devices)]
    for index, device in enumerate([*ids, *[None] * (row.requests - len(ids))]):
        at = midnight + timedelta(seconds=DAY_SECONDS * index / row.requests)
        yield Check(row.day, at, row.app, *row.cell, device)


def days_until(end: date, count: int) -> tuple[date, ...]:
    return tuple(end - timedelta(days=count - 1 - index) for index in range(count))


def random_selections(month: Month, rng: Random, n: int) -> list[tuple[Selection, dict[str, str]]]:
    """Selections with the query parameters that ask for them on the month's last day."""
    values = {wire: _stated_values(month, dimension) for wire, dimension in DIMENSIONS.items()}
    return [_random_selection(month, values, rng) for _ in range(n)]


def _stated_values(month: Month, dimension: str) -> list[str]:
    return sorted({getattr(row.cell, dimension) for row in month.rows} - {""})


def _random_selection(
    month: Month, values: dict[str, list[str]], rng: Random
) -> tuple[Selection, dict[str, str]]:
    days, parameters = _random_days(month.days[-1], rng)
    filters = {"apps": _random_apps(month.apps, rng)}
    filters |= {wire: _random_values(occurring, rng) for wire, occurring in values.items()}
    parameters |= {wire: ",".join(wanted) for wire, wanted in filters.items() if wanted}
    sets = {wire: frozenset(wanted) if wanted else None for wire, wanted in filters.items()}
    return Selection(days, **sets), parameters


def _random_days(today: date, rng: Random) -> tuple[tuple[date, ...], dict[str, str]]:
    kind = rng.choice(("", "today", "week", "month", "month", "date", "from", "from"))
    if kind in ("", "today"):
        return (today,), {"range": kind} if kind else {}
    if kind in RANGES:
        return days_until(today, RANGES[kind]), {"range": kind}
    reachable = days_until(today, RANGES["month"])
    if kind == "date":
        day = rng.choice(reachable)
        return (day,), {"date": day.isoformat()}
    first, last = sorted(rng.choices(range(len(reachable)), k=2))
    days = reachable[first : last + 1]
    return days, {"from": days[0].isoformat(), "to": days[-1].isoformat()}


def _random_apps(apps: tuple[str, ...], rng: Random) -> list[str]:
    """All of them by not naming any, or by naming them; or some, or one."""
    return [] if rng.random() < 0.35 else rng.sample(apps, rng.randint(1, len(apps)))


def _random_values(occurring: list[str], rng: Random) -> list[str]:
    """Mostly no filter; else some values that occur, one that does not, or both."""
    draw = rng.random()
    if draw < 0.6 or not occurring:
        return []
    unknown = [rng.choice(NEVER_OCCURRING)] if draw > 0.92 else []
    known = [] if draw > 0.98 else rng.sample(occurring, rng.randint(1, len(occurring)))
    return known + unknown
