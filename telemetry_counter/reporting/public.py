"""What anybody may see of a public app: rounded figures of full days, in which no small group stands out.

Pure: exact counts go in, and only what may be shown comes out. Why so: docs/decisions/public-figures.md.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.counting.names import OTHER

FEWEST = 5
"""Devices of the smallest group that is shown."""

BLURRED_FROM = 100
"""Below it two digits are all there are, so that what is left out could be found by subtracting."""

MOST_GROUPS = 8
"""Shown of each dimension; anybody can send names, and this is not a place to put them up."""

RANGES = {"day": 1, "week": 7, "month": 30}
"""Full days that each reaches back, yesterday the last of them."""

GROUPED = "week"
"""The range that versions, platforms and the like are of: over a month most devices are on many versions."""

DIMENSIONS = {"versions": "v:", "platforms": "p:", "architectures": "a:", "channels": "c:"}


def rounded(number: int) -> int:
    """To two significant digits."""
    unit: int = 10 ** max(0, len(str(number)) - 2)
    return (number + unit // 2) // unit * unit


def shown(devices: int) -> int | None:
    """None for fewer than may be told apart, be it none at all."""
    return rounded(devices) if devices >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Plan:
    """One dimension: `exact` are the groups that may stand for themselves, the largest first."""

    exact: Sequence[tuple[str, int]]
    folded: Sequence[str]

    def others(self, total: int) -> list[tuple[str, ...]]:
        """The values whose unions are wanted: what is folded and then, of few, ever one group more."""
        names = [name for name, _ in self.exact]
        steps = len(names) if total < BLURRED_FROM else 0
        return [(*self.folded, *names[len(names) - more :]) for more in range(steps + 1)]


def plan(devices: Mapping[str, int], hidden: Collection[str] = ()) -> Plan:
    """`hidden`: values that are not to be shown however many devices have them."""
    names = sorted(devices, key=lambda name: (-devices[name], name))
    able = [name for name in names if devices[name] >= FEWEST and name not in hidden and name != OTHER]
    exact = able[:MOST_GROUPS]
    return Plan([(name, devices[name]) for name in exact], [name for name in names if name not in exact])


@dataclass(frozen=True, slots=True)
class Groups:
    """Rounded devices by value, and of all the others together; `other` is None for too few to show."""

    values: Sequence[tuple[str, int]] = ()
    other: int | None = None


def merge(planned: Plan, total: int, others: Sequence[int]) -> Groups:
    """`others`: the devices of each of `planned.others(total)`.

    Where the figures are exact, so many groups are folded that what is missing from the total is nobody
    or at least FEWEST.
    """
    for more, devices in enumerate(others):
        kept = planned.exact[: len(planned.exact) - more]
        other = devices if devices >= FEWEST else 0
        missing = total - other - sum(count for _, count in kept)
        if total >= BLURRED_FROM or not 0 < missing < FEWEST:
            return Groups([(name, rounded(count)) for name, count in kept], shown(devices))
    return Groups()


@dataclass(frozen=True, slots=True)
class Public:
    """Everything that may be shown of an app. Devices and requests by range; the rest is of GROUPED."""

    until: dt.date
    devices: Mapping[str, int | None]
    requests: Mapping[str, int | None]
    daily: Sequence[tuple[dt.date, int | None]]
    on_latest: int | None
    groups: Mapping[str, Groups]


def on_latest(latest: int, outdated: int) -> int | None:
    """Per cent of the devices of known state, None where one of the two is a few among few."""
    known = latest + outdated
    if known < FEWEST or (known < BLURRED_FROM and (0 < latest < FEWEST or 0 < outdated < FEWEST)):
        return None
    parts = [rounded(part) if part >= FEWEST else 0 for part in (latest, outdated)]
    return share(parts[0], sum(parts))


def share(part: int, whole: int | None) -> int | None:
    """Whole per cent of rounded figures, at most 100."""
    return min(100, round(100 * part / whole)) if whole else None


def requests_shown(requests: int, devices: int) -> int | None:
    """How often a few devices asked is not shown either."""
    return rounded(requests) if devices >= FEWEST and requests >= FEWEST else None


def as_json(owner: str, app: str, public: Public, latest_version: str | None) -> dict[str, Any]:
    """`/public/{owner}/{app}/stats.json`."""
    return {
        "owner": owner,
        "app_name": app,
        "until": public.until.isoformat(),
        "devices": dict(public.devices),
        "requests": dict(public.requests),
        "latest_version": latest_version,
        "on_latest_percent": public.on_latest,
        **{name: rows(groups, public.devices[GROUPED]) for name, groups in public.groups.items()},
        "daily": [{"date": day.isoformat(), "devices": devices} for day, devices in public.daily],
        "notes": NOTES,
    }


def rows(groups: Groups, whole: int | None) -> list[dict[str, Any]]:
    listed = [*groups.values, *([(OTHER, groups.other)] if groups.other else [])]
    return [{"name": name, "devices": count, "percent": share(count, whole)} for name, count in listed]


NOTES = [
    f"Figures are of full days (UTC), rounded to two digits. null stands for fewer than {FEWEST} devices.",
    f"Groups of fewer than {FEWEST} devices and versions younger than a day are in {OTHER}, or not shown.",
    f"Versions and the like are of the last {RANGES[GROUPED]} days; who changes the version is in both.",
]
