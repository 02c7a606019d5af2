"""Plain figures of closed days, which outlive the sketches they were counted from."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from telemetry_counter.counting.names import OTHER
from telemetry_counter.releases.versions import sort_versions
from telemetry_counter.reporting.figures import Figures
from telemetry_counter.reporting.report import ACCURACY, day_versions
from telemetry_counter.reporting.selection import Selection

NO_UNIONS = (
    "Devices cannot be united over a year: of most of its days only plain figures are kept. Each day's "
    "devices are right, requests are summed, and what would need a union is null or empty."
)
NO_UNION_OF_APPS = (
    "Of days beyond the retention, devices are kept for each app and for all, not for some together."
)


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One day's figures of one app or of all; devices by value."""

    requests: int = 0
    unique: int = 0
    latest: int = 0
    outdated: int = 0
    versions: dict[str, int] = {}
    platforms: dict[str, int] = {}
    architectures: dict[str, int] = {}
    channels: dict[str, int] = {}


class DayRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One day of one admin: `every` is of all apps together, `apps` has those with a request."""

    every: Record = Record()
    apps: dict[str, Record] = {}

    def requests(self, app: str) -> int:
        return self.apps[app].requests if app in self.apps else 0


class Head(msgspec.Struct, frozen=True):
    """The part of a record that is the same size however many versions there are."""

    requests: int = 0
    unique: int = 0
    latest: int = 0
    outdated: int = 0


class DayHeads(msgspec.Struct, frozen=True):
    """A day's record without what its apps' devices are made up of: quicker to read."""

    apps: dict[str, Head] = {}

    def requests(self, app: str) -> int:
        return self.apps[app].requests if app in self.apps else 0


def record_of(figures: Figures) -> Record:
    clients = figures.clients
    return Record(
        requests=figures.requests,
        unique=clients.unique,
        latest=clients.latest,
        outdated=clients.outdated,
        versions=figures.under("v:"),
        platforms=figures.under("p:"),
        architectures=figures.under("a:"),
        channels=figures.under("c:"),
    )


Row = dict[str, Any]


def row_of(day: dt.date, record: DayRecord, apps: Sequence[str] | None) -> Row:
    """A row of the daily figures; `apps` None for all of them."""
    if apps is None or len(apps) == 1:
        one = record.every if apps is None else record.apps.get(apps[0], Record())
        return _row(day, one.requests, one.unique, one.latest, one.outdated)
    return _row(day, sum(map(record.requests, apps)))


def _row(day: dt.date, requests: int | None, *devices: int) -> Row:
    names = ("unique_clients", "clients_using_latest_version", "clients_outdated")
    counts = devices or (None, None, None)
    return {"date": day.isoformat(), "total_requests": requests, **dict(zip(names, counts, strict=True))}


@dataclass(frozen=True, slots=True)
class Recent:
    """What is still kept whole: its report, its active apps, and the days of which nothing is known."""

    report: Mapping[str, Any]
    active: Collection[str]
    unknown: Collection[dt.date]

    @property
    def rows(self) -> dict[str, Row]:
        return {row["date"]: row for row in self.report["daily_stats"]}

    @property
    def versions(self) -> dict[str, Row]:
        """As the report of a single app has them."""
        return {row["date"]: row for row in self.report.get("daily_versions", ())}


def _stands(record: DayRecord | None, recent: Row | None, apps: Sequence[str] | None, day: dt.date) -> bool:
    """Whether a day is told by its record: once closed it does not change, unless more was imported."""
    if record is None or recent is None:
        return recent is None
    kept, now = row_of(day, record, apps), recent["total_requests"]
    return bool(kept["total_requests"] > now or (kept["total_requests"] == now and _has_devices(kept)))


def _has_devices(row: Row) -> bool:
    return row["unique_clients"] is not None


def build(
    selection: Selection, records: Mapping[dt.date, DayRecord], recent: Recent, every_app: bool
) -> dict[str, Any]:
    """The report of a year: records of closed days, and of the others what is kept whole."""
    apps = None if every_app else selection.apps
    whole = recent.rows
    told = {day for day in selection.days if _stands(records.get(day), whole.get(day.isoformat()), apps, day)}
    days = [
        _told(day, records.get(day), apps) if day in told or day in recent.unknown else whole[day.isoformat()]
        for day in selection.days
    ]
    older = [record for day, record in records.items() if day.isoformat() not in whole]
    known = recent.report["versions"]["known_versions"]
    versions = set(known).union(*(_versions(r, selection.apps) for r in older))
    active = {app for r in older for app in selection.apps if r.requests(app)}
    return {
        **recent.report,
        "date": selection.days[0].isoformat(),
        "date_range": [day.isoformat() for day in selection.days],
        "summary": {
            "total_requests": sum(row["total_requests"] or 0 for row in days),
            "unique_clients": None,
            "clients_using_latest_version": None,
            "clients_outdated": None,
            "total_active_apps": len(active.union(recent.active)),
        },
        "versions": {
            "used_versions_count": None,
            "known_versions": sort_versions(versions - {OTHER}),
            "usage": [],
        },
        "platforms": [],
        "architectures": [],
        "channels": [],
        "daily_stats": days,
        **_daily_versions(selection, records, recent, told),
        "accuracy": ACCURACY,
        "notes": [NO_UNIONS, *_notes(selection, days, apps, older), *recent.report["notes"]],
    }


def _told(day: dt.date, record: DayRecord | None, apps: Sequence[str] | None) -> Row:
    return row_of(day, record, apps) if record else _row(day, None)


def _daily_versions(
    selection: Selection, records: Mapping[dt.date, DayRecord], recent: Recent, told: Collection[dt.date]
) -> dict[str, Any]:
    """Of a single app; from where the day's other figures are."""
    if "daily_versions" not in recent.report:
        return {}
    (app,), whole = selection.apps, recent.versions
    kept = {day: record.apps[app].versions for day, record in records.items() if app in record.apps}
    rows = [
        day_versions(day, kept.get(day, {})) if day in told else whole[day.isoformat()]
        for day in selection.days
    ]
    return {"daily_versions": rows}


def _versions(record: DayRecord, apps: Sequence[str]) -> set[str]:
    return {version for app in apps if app in record.apps for version in record.apps[app].versions}


def _notes(
    selection: Selection, days: Sequence[Row], apps: Sequence[str] | None, older: Sequence[DayRecord]
) -> list[str]:
    said = []
    missing = sum(row["total_requests"] is None for row in days)
    if missing:
        said.append(f"Of {missing} days no figures are kept; their rows hold null.")
    if older and apps is not None and len(apps) > 1:
        said.append(NO_UNION_OF_APPS)
    folded = sum(_is_folded(record, selection.apps) for record in older)
    if folded:
        said.append(f"On {folded} of the days beyond the retention some values went to {OTHER}.")
    return said


def _is_folded(record: DayRecord, apps: Sequence[str]) -> bool:
    of_apps = [record.apps[app] for app in apps if app in record.apps]
    return any(OTHER in (*r.versions, *r.platforms, *r.architectures, *r.channels) for r in of_apps)
