"""The report's figures from plain Python sets: exact, slow, and independent of the service's code."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

LATEST, OUTDATED, UNKNOWN = "latest", "outdated", ""


@dataclass(frozen=True, slots=True)
class Check:
    """One accepted update check; "" is a value the client left out, no device is a refused one."""

    day: date
    at: datetime
    app: str
    channel: str
    platform: str
    arch: str
    version: str
    state: str
    device: str | None


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """A release of the history; "" in a dimension covers every value of it."""

    app: str
    version: str
    channel: str
    platform: str
    arch: str
    published: datetime
    withdrawn: datetime | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What a report is asked for: days in ascending order; None selects everything."""

    days: tuple[date, ...]
    apps: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    platforms: frozenset[str] | None = None
    architectures: frozenset[str] | None = None


class Cell(NamedTuple):
    channel: str
    platform: str
    arch: str
    version: str
    state: str


@dataclass(frozen=True, slots=True)
class Row:
    """The checks of one cell of one app on one day: how many, and by which devices."""

    day: date
    app: str
    cell: Cell
    requests: int
    devices: frozenset[int]


def tally(checks: Iterable[Check]) -> list[Row]:
    """Rows of the checks, with devices numbered in the order they appear."""
    numbers: dict[str, int] = {}
    seen: dict[tuple[date, str, Cell], list[int | None]] = {}
    for check in checks:
        cell = Cell(check.channel, check.platform, check.arch, check.version, check.state)
        number = None if check.device is None else numbers.setdefault(check.device, len(numbers))
        seen.setdefault((check.day, check.app, cell), []).append(number)
    return [
        Row(day, app, cell, len(devices), frozenset(n for n in devices if n is not None))
        for (day, app, cell), devices in seen.items()
    ]


def version_order(version: str) -> tuple[tuple[int, ...], bool, int]:
    """Dotted numbers, and betas (1.2.0-beta.4) before what they lead to; nothing else occurs here."""
    numbers, _, beta = version.partition("-beta.")
    return tuple(int(part) for part in numbers.split(".")), not beta, int(beta or 0)


def admits(wanted: frozenset[str] | None, value: str) -> bool:
    return wanted is None or value in wanted


def covers(release: PublishedRelease, app: str, cell: Cell) -> bool:
    """Whether the release is for such checks; one without a channel counts as a check of stable."""
    return (
        release.app == app
        and release.channel in ("", cell.channel or "stable")
        and (not release.platform or cell.platform in ("", release.platform))
        and (not release.arch or cell.arch in ("", release.arch))
    )


def union(rows: Iterable[Row]) -> set[int]:
    return set[int]().union(*(row.devices for row in rows))


class Reference:
    """Answers selections over rows of checks, judged by the release history as of `now` (UTC)."""

    def __init__(
        self,
        rows: Iterable[Row],
        releases: Iterable[PublishedRelease],
        now: datetime,
        admin: str = "acme",
    ) -> None:
        self.releases = list(releases)
        self.now = now
        self.admin = admin
        self._rows_by_day: dict[date, list[Row]] = {}
        self._highest: dict[tuple[str, str, str, str, datetime], str | None] = {}
        for row in rows:
            self._rows_by_day.setdefault(row.day, []).append(row)

    def report(self, selection: Selection) -> dict[str, Any]:
        """The whole report, in the wire's names; `versions.usage` is a dict, as its order is free."""
        days = {day: list(self._selected(day, selection)) for day in selection.days}
        rows = [row for of_day in days.values() for row in of_day]
        apps = {row.app for row in rows}
        return {
            "date": selection.days[0].isoformat(),
            "date_range": [day.isoformat() for day in selection.days],
            "admin": self.admin,
            "summary": {**self._figures(rows, selection.days[-1]), "total_active_apps": len(apps)},
            "versions": self._versions(rows, selection),
            "platforms": ranking("platform", rows),
            "architectures": ranking("arch", rows),
            "channels": ranking("channel", rows),
            "daily_stats": [
                {"date": day.isoformat(), **self._figures(of_day, day)} for day, of_day in days.items()
            ],
        }

    def verdict(self, row: Row, day: date) -> str:
        """Latest, outdated or unknown, judged by what was published by the end of `day`."""
        highest = self._highest_for(row, self._end_of(day))
        if highest is None:
            return row.cell.state
        return LATEST if version_order(row.cell.version) >= version_order(highest) else OUTDATED

    def _figures(self, rows: list[Row], judged_on: date) -> dict[str, int]:
        judged = [(row, self.verdict(row, judged_on)) for row in rows]
        latest = union(row for row, verdict in judged if verdict == LATEST)
        known = union(row for row, verdict in judged if verdict != UNKNOWN)
        return {
            "total_requests": sum(row.requests for row in rows),
            "unique_clients": len(union(rows)),
            "clients_using_latest_version": len(latest),
            "clients_outdated": max(0, len(known) - len(latest)),
        }

    def _versions(self, rows: list[Row], selection: Selection) -> dict[str, Any]:
        usage = counts(lambda row: row.cell.version, rows)
        known = usage.keys() | self._published_versions(selection)
        return {
            "used_versions_count": len(usage),
            "known_versions": sorted(known, key=version_order),
            "usage": usage,
        }

    def _published_versions(self, selection: Selection) -> set[str]:
        """Standing at the end of the range, for something the filters admit."""
        return {
            release.version
            for release in self._standing(self._end_of(selection.days[-1]))
            if admits(selection.apps, release.app)
            and (not release.channel or admits(selection.channels, release.channel))
            and (not release.platform or admits(selection.platforms, release.platform))
            and (not release.arch or admits(selection.architectures, release.arch))
        }

    def _selected(self, day: date, selection: Selection) -> Iterator[Row]:
        for row in self._rows_by_day.get(day, []):
            if (
                admits(selection.apps, row.app)
                and admits(selection.channels, row.cell.channel)
                and admits(selection.platforms, row.cell.platform)
                and admits(selection.architectures, row.cell.arch)
            ):
                yield row

    def _end_of(self, day: date) -> datetime:
        """The day's last moment; today's is now."""
        return min(self.now, datetime.combine(day + timedelta(days=1), time(), UTC) - datetime.resolution)

    def _standing(self, moment: datetime) -> Iterator[PublishedRelease]:
        for release in self.releases:
            gone = release.withdrawn is not None and release.withdrawn <= moment
            if release.published <= moment and not gone:
                yield release

    def _highest_for(self, row: Row, moment: datetime) -> str | None:
        key = (row.app, row.cell.channel, row.cell.platform, row.cell.arch, moment)
        if key not in self._highest:
            standing = [r.version for r in self._standing(moment) if covers(r, row.app, row.cell)]
            self._highest[key] = max(standing, key=version_order, default=None)
        return self._highest[key]


def counts(value_of: Callable[[Row], str], rows: list[Row]) -> dict[str, int]:
    """Devices of each stated value that was seen, be it only by checks without a device."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(value_of(row), []).append(row)
    return {value: len(union(group)) for value, group in groups.items() if value}


def ranking(dimension: str, rows: list[Row]) -> list[dict[str, Any]]:
    """Rows of the report for one dimension: most devices first, then by name."""
    by_value = counts(lambda row: str(getattr(row.cell, dimension)), rows)
    ordered = sorted(by_value.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{dimension: value, "client_count": devices} for value, devices in ordered]
