"""Keeping the plain figures of closed days."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.reporting.history import DayHeads, DayRecord, Record, record_of
from telemetry_counter.reporting.selection import Reach, Selection, dates
from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys, day_stamp
from telemetry_counter.store.reading.reports import Asked
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.service_days import days_on

T = TypeVar("T")

SETTLED_AFTER = dt.timedelta(minutes=30)
"""After the end of a day; what comes in later is an exception, and has the day counted again."""


async def keep_history(
    client: Client, keys: Keys, admin: Admin, reach: Reach, history_days: int, now: dt.datetime
) -> list[dt.date]:
    """Writes the figures of every closed day that has none, or was changed since. Returns those days.

    Those older than `history_days` are forgotten.

    A day without checks on which no service counted is not known, which is not the same as nothing.
    Safe to run anywhere at any time, and to run twice at once: the same day gives the same figures.
    """
    own = keys.admin(admin.name)
    oldest = now.date() - dt.timedelta(days=history_days)
    await forget_history(client, own, oldest)
    closed = dates(max(reach.first, oldest), (now - SETTLED_AFTER).date() - dt.timedelta(days=1))
    if not closed or not admin.apps:
        return []
    counted, _ = await Rollups(client, own).fingerprint(closed)
    known = await read_history(client, own, closed)
    written = []
    counting = await days_on(client, keys)
    for day, checks in zip(closed, counted, strict=True):
        if not any(checks.values()) and day_stamp(day) not in counting:
            continue
        if not _has(known.get(day), checks, admin):
            stands = _standing(known.get(day), checks)
            await write_history(client, own, {day: await _figures(client, own, admin, day, now, stands)})
            written.append(day)
    return written


def _has(record: DayRecord | None, checks: Mapping[str, int], admin: Admin) -> bool:
    """Whether all that is counted is in the record. It may hold more: what is counted expires."""
    return record is not None and all(checks.get(app, 0) <= record.requests(app) for app in admin.apps)


def _standing(record: DayRecord | None, checks: Mapping[str, int]) -> dict[str, Record]:
    """Of the apps that nothing was added to: what they were on that day does not change."""
    apps = record.apps if record else {}
    return {app: of_app for app, of_app in apps.items() if checks.get(app, 0) <= of_app.requests}


async def _figures(
    client: Client,
    own: AdminKeys,
    admin: Admin,
    day: dt.date,
    now: dt.datetime,
    stands: Mapping[str, Record],
) -> DayRecord:
    async def of(apps: Sequence[str]) -> Record:
        asked = Asked(client, own, admin, Selection((day,), tuple(apps)), now)
        return record_of(await asked.figures_as_they_are())

    records = {app: stands.get(app) or await of([app]) for app in sorted(admin.apps)}
    active = {app: record for app, record in records.items() if record.requests}
    return DayRecord(every=await of(sorted(admin.apps)), apps=active)


async def read_history(client: Client, own: AdminKeys, days: Sequence[dt.date]) -> dict[dt.date, DayRecord]:
    """Of those of the days that are kept."""
    return await _read(client, own, days, DayRecord)


async def read_heads(client: Client, own: AdminKeys, days: Sequence[dt.date]) -> dict[dt.date, DayHeads]:
    """The same without what devices are made up of."""
    return await _read(client, own, days, DayHeads)


async def _read(client: Client, own: AdminKeys, days: Sequence[dt.date], kind: type[T]) -> dict[dt.date, T]:
    pipeline = client.pipeline(transaction=False)
    pipeline.hmget(own.history, [day_stamp(day) for day in days])
    (contents,) = await run(pipeline)
    return {
        day: msgspec.json.decode(content, type=kind)
        for day, content in zip(days, contents, strict=True)
        if content
    }


async def write_history(client: Client, own: AdminKeys, records: Mapping[dt.date, DayRecord]) -> None:
    pipeline = client.pipeline(transaction=False)
    for day, record in records.items():
        pipeline.hset(own.history, day_stamp(day), msgspec.json.encode(record))
    await run(pipeline)


async def forget_history(client: Client, own: AdminKeys, before: dt.date) -> None:
    pipeline = client.pipeline(transaction=False)
    pipeline.hkeys(own.history)
    (stamps,) = await run(pipeline)
    old: list[Any] = [stamp for stamp in stamps if stamp.decode() < day_stamp(before)]
    if old:
        pipeline.hdel(own.history, *old)
        await run(pipeline)
