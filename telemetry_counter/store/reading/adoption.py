"""Counting how far releases have come."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting import adoption, adoption_report
from telemetry_counter.reporting.absent import off_notes
from telemetry_counter.reporting.adoption_report import Apart, Day
from telemetry_counter.reporting.milestones import milestones
from telemetry_counter.reporting.rungs import Ladder, Rung
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.tables import read_tables
from telemetry_counter.store.reading.unions import Parts, Question, Union, joined
from telemetry_counter.store.service_days import days_on


@dataclass(frozen=True, slots=True)
class Counted:
    """What a day's figures are united from: for each audience its milestones and its bands of versions,
    and each rung."""

    requests: int
    audiences: Sequence[tuple[Sequence[int], Parts]]
    rungs: Mapping[Rung, Union]


async def build_adoption(
    client: Client, keys: Keys, admin: Admin, asked: adoption.Question, now: dt.datetime
) -> dict[str, Any]:
    """What `GET /telemetry/adoption` and the command line answer; raises StoreUnavailable."""
    own = keys.admin(admin.name)
    releases = milestones(admin.apps[asked.app].history, asked.place, now)
    ladder = Ladder(releases, asked.channel)
    counted, apart = await _counted(client, own, asked, ladder)
    days = [await _day(client, own, day, of_day, len(releases)) for day, of_day in counted.items()]
    tail = await _tail(client, own, ladder, [counted[day].rungs for day in asked.tail])
    answer = adoption_report.build(admin.name, asked, releases, days, tail, apart)
    rows = [{"date": day.isoformat(), "total_requests": of_day.requests} for day, of_day in counted.items()]
    answer["notes"] += off_notes(rows, await days_on(client, keys), now)
    return answer


async def _counted(
    client: Client, own: AdminKeys, asked: adoption.Question, ladder: Ladder
) -> tuple[dict[dt.date, Counted], Apart]:
    found, versions, cells, unserved = {}, 0, 0, 0
    async for day, app, table in read_tables(client, own, [asked.app], asked.days):
        part = table.slice(asked.filters)
        versions += table.requests_of(cell for cell in part.cells if cell.version == OTHER)
        cells += table.counters.get("o:x:", 0)
        unserved += table.requests_of(ladder.left_out(part))
        united = partial(_united, own, day, app)
        audiences = [(one.numbers, list(map(united, one.bands))) for one in ladder.audiences(part)]
        rungs = ladder.rungs(part) if day in asked.tail else {}
        on_rungs = {rung: united(fields) for rung, fields in rungs.items()}
        found[day] = Counted(table.requests(part), audiences, on_rungs)
    return found, Apart(versions, cells, unserved)


def _united(own: AdminKeys, day: dt.date, app: str, fields: Iterable[str]) -> Union:
    return tuple(own.sketch(day, app, field) for field in fields)


async def _day(client: Client, own: AdminKeys, day: dt.date, counted: Counted, releases: int) -> Day:
    question = Question(client, own)
    asked = [
        (numbers, [question.count_parts(bands[number:]) for number in range(len(bands))])
        for numbers, bands in counted.audiences
    ]
    devices = (await question.answer()).devices
    found = [(0, 0)] * releases
    for numbers, (everyone, *above) in asked:
        for number, union in zip(numbers, above, strict=True):
            found[number] = devices[union], devices[everyone]
    return Day(day, found)


async def _tail(
    client: Client, own: AdminKeys, ladder: Ladder, days: Sequence[Mapping[Rung, Union]]
) -> dict[Rung, int]:
    """Devices by the highest rung that each was on over those days, the lowest first."""
    order = ladder.order(rung for day in days for rung in day)
    unions = [joined([day.get(rung, ()) for day in days]) for rung in order]
    question = Question(client, own)
    pairs = []
    for number, union in enumerate(unions):
        above = unions[number + 1 :]
        question.compare(above, [union])
        pairs.append((joined(above), union))
    answer = await question.answer()
    counts = [
        answer.differences[pair][1] if pair in answer.differences else answer.devices[pair[1]]
        for pair in pairs
    ]
    return dict(zip(order, counts, strict=True))
