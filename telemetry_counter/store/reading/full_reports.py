"""The report and what may be asked beside it: a comparison, active devices, a year."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.errors import InvalidInput
from telemetry_counter.reporting import history
from telemetry_counter.reporting.absent import off_notes
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.extras import (
    Extras,
    active_notes,
    active_rows,
    changes,
    is_kept,
    not_over,
    spans,
)
from telemetry_counter.reporting.selection import Reach, Selection, dates, previous
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys, day_stamp
from telemetry_counter.store.reading.history import read_history
from telemetry_counter.store.reading.reports import Asked, both, build_report
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.reading.unions import count_unions
from telemetry_counter.store.service_days import days_on

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


BEFORE = "The days before: "
"""Begins the notes on what is compared with."""

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
    report, counting = await both(build_report(client, keys, admin, selection, now), days_on(client, keys))
    report["notes"] += off_notes(report["daily_stats"], counting, now)
    if extras.compare:
        report |= await _comparison(client, keys, admin, selection, now, reach, report, counting)
    if extras.active:
        rows = await read_active(client, keys, admin, selection, now, reach)
        report |= {"active_devices": rows, "notes": [*report["notes"], *active_notes(rows, reach)]}
    return report


async def _comparison(
    client: Client,
    keys: Keys,
    admin: Admin,
    selection: Selection,
    now: dt.datetime,
    reach: Reach,
    report: Mapping[str, Any],
    counting: Collection[str],
) -> dict[str, Any]:
    before = previous(selection)
    if not is_kept(before, reach):
        note = (
            f"There is nothing to compare with: the days before begin on {before.days[0]}, "
            f"and only those from {reach.first} on are still kept."
        )
        return {"previous": None, "change": None, "notes": [*report["notes"], note]}
    then = await build_report(client, keys, admin, before, now)
    said = [*report["notes"], *not_over(selection, reach)]
    notes = then["notes"] + off_notes(then["daily_stats"], counting, now)
    return {
        "previous": {name: then[name] for name in COMPARED},
        "change": changes(report["summary"], then["summary"]),
        "notes": said + [f"{BEFORE}{note}" for note in notes if note not in said],
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
    own = keys.admin(admin.name)
    records = await read_history(client, own, selection.days)
    first = max(reach.first, selection.days[0])
    kept = replace(selection, days=dates(first, selection.days[-1]), is_history=False)
    report = await build_report(client, keys, admin, kept, now)
    counted, _ = await Rollups(client, own).fingerprint(kept.days)
    active = {app for of_day in counted for app in selection.apps if of_day.get(app)}
    empty = [day for day, checks in zip(kept.days, counted, strict=True) if not any(checks.values())]
    counting = await days_on(client, keys)
    unknown = {day for day in empty if day < now.date() and day_stamp(day) not in counting}
    every_app = set(selection.apps) == admin.apps.keys()
    return history.build(selection, records, history.Recent(report, active, unknown), every_app)
