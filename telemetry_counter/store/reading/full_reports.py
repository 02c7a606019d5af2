"""The report and what may be asked beside it: a comparison, active devices, a year."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.errors import InvalidInput
from telemetry_counter.reporting import history
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.extras import Extras, active_rows, changes, is_kept, spans
from telemetry_counter.reporting.selection import Reach, Selection, dates, previous
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.history import read_history
from telemetry_counter.store.reading.reports import Asked, both, build_report
from telemetry_counter.store.reading.unions import count_unions
from telemetry_counter.store.service_days import days_off

COMPARED = (
    "date",
    "date_range",
    "summary",
    "versions",
    "platforms",
    "architectures",
    "channels",
    "daily_stats",
)


NO_EXTRAS = Extras()


async def build_full_report(
    client: Client,
    keys: Keys,
    admin: Admin,
    selection: Selection,
    now: dt.datetime,
    reach: Reach,
    extras: Extras = NO_EXTRAS,
) -> dict[str, Any]:
    """What `GET /telemetry` and the command line answer. Raises InvalidInput or StoreUnavailable."""
    if selection.is_history:
        if extras != NO_EXTRAS:
            raise InvalidInput("compare and include cannot be given together with range=year.")
        return await _year(client, keys, admin, selection, now, reach)
    report, off = await both(
        build_report(client, keys, admin, selection, now), days_off(client, keys, selection.days)
    )
    report["notes"] += _off_notes(off, report["daily_stats"])
    if extras.compare:
        report |= await _comparison(client, keys, admin, selection, now, reach, report)
    if extras.active:
        report["active_devices"] = await read_active(client, keys, admin, selection, now, reach)
    return report


def _off_notes(off: Sequence[dt.date], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    empty = {row["date"] for row in rows if not row["total_requests"]}
    days = [day.isoformat() for day in off if day.isoformat() in empty]
    return [f"Telemetry was off, or the service down, all day on {', '.join(days)}."] if days else []


async def _comparison(
    client: Client,
    keys: Keys,
    admin: Admin,
    selection: Selection,
    now: dt.datetime,
    reach: Reach,
    report: Mapping[str, Any],
) -> dict[str, Any]:
    before = previous(selection)
    if not is_kept(before, reach):
        note = (
            f"There is nothing to compare with: the days before begin on {before.days[0]}, "
            f"and only those from {reach.first} on are still kept."
        )
        return {"previous": None, "change": None, "notes": [*report["notes"], note]}
    then = await build_report(client, keys, admin, before, now)
    return {
        "previous": {name: then[name] for name in COMPARED},
        "change": changes(report["summary"], then["summary"]),
    }


async def read_active(
    client: Client, keys: Keys, admin: Admin, selection: Selection, now: dt.datetime, reach: Reach
) -> list[dict[str, Any]]:
    """Devices active on each day of the selection, and in the week and month up to it."""
    own = keys.admin(admin.name)
    wanted = spans(selection.days, reach)
    days = sorted({day for span in wanted.values() for day in span})
    if selection.filters:
        tally = await Asked(client, own, admin, selection, now).tally(days)
        sketches = {day: of_day.unions.get(ALL, []) for day, of_day in tally.days.items()}
    else:
        sketches = {day: [own.sketch(day, app, ALL) for app in selection.apps] for day in days}
    unions = [[sketch for day in span for sketch in sketches[day]] for span in wanted.values()]
    counts = await count_unions(client, own, unions)
    return active_rows(selection.days, dict(zip(wanted, counts, strict=True)))


async def _year(
    client: Client, keys: Keys, admin: Admin, selection: Selection, now: dt.datetime, reach: Reach
) -> dict[str, Any]:
    records = await read_history(client, keys.admin(admin.name), selection.days)
    first = max(reach.first, selection.days[0])
    recent = replace(selection, days=dates(first, selection.days[-1]), is_history=False)
    report = await build_report(client, keys, admin, recent, now)
    every_app = set(selection.apps) == admin.apps.keys()
    return history.build(selection, records, report, every_app)
