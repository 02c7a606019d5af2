"""Counting how far releases have come."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting import adoption, adoption_report
from telemetry_counter.reporting.absent import off_notes
from telemetry_counter.reporting.adoption import Milestone
from telemetry_counter.reporting.adoption_report import Day, Folded
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.tables import read_tables
from telemetry_counter.store.reading.unions import Parts, Question, Union, joined
from telemetry_counter.store.service_days import days_on

Bands = list[Union]
"""The sketches of each band of versions, the lowest first; see adoption.bands()."""


async def build_adoption(
    client: Client, keys: Keys, admin: Admin, asked: adoption.Question, now: dt.datetime
) -> dict[str, Any]:
    """What `GET /telemetry/adoption` and the command line answer; raises StoreUnavailable."""
    own = keys.admin(admin.name)
    releases = adoption.milestones(admin.apps[asked.app], asked, now)
    bands, folded = await _bands(client, own, asked, releases)
    days = [await _day(client, own, day, of_day) for day, of_day in bands.items()]
    tail = await _tail(client, own, [bands[day] for day in asked.tail])
    answer = adoption_report.build(admin.name, asked, releases, days, tail, folded)
    rows = [{"date": day.day.isoformat(), "total_requests": day.devices} for day in days]
    answer["notes"] += off_notes(rows, await days_on(client, keys), now)
    return answer


async def _bands(
    client: Client, own: AdminKeys, asked: adoption.Question, releases: Sequence[Milestone]
) -> tuple[dict[dt.date, Bands], Folded]:
    found, versions, cells = {}, 0, 0
    async for day, app, table in read_tables(client, own, [asked.app], asked.days):
        part = table.slice(asked.filters)
        versions += sum(int(table.checks[cell]) for cell in part.cells if cell.version == OTHER)
        cells += table.counters.get("o:x:", 0)
        fields = adoption.bands(part, releases)
        found[day] = [tuple(own.sketch(day, app, field) for field in band) for band in fields]
    return found, Folded(versions, cells)


async def _day(client: Client, own: AdminKeys, day: dt.date, bands: Bands) -> Day:
    question = Question(client, own)
    unions = [question.count_parts(bands[number:]) for number in range(len(bands))]
    counts = (await question.answer()).devices
    devices, *at_or_above = (counts[union] for union in unions)
    return Day(day, devices, tuple(at_or_above))


async def _tail(client: Client, own: AdminKeys, days: Sequence[Bands]) -> list[int]:
    """Devices whose newest version over those days is in each band."""
    bands: list[Parts] = [of_band for of_band in zip(*days, strict=True)]
    question = Question(client, own)
    pairs = []
    for number, of_band in enumerate(bands):
        above = [part for higher in bands[number + 1 :] for part in higher]
        question.compare(above, of_band)
        pairs.append((joined(above), joined(of_band)))
    answer = await question.answer()
    return [
        answer.differences[pair][1] if pair in answer.differences else answer.devices[pair[1]]
        for pair in pairs
    ]
