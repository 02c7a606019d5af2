"""Answering what the report of events asks."""

from itertools import product
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.events import report
from telemetry_counter.events.tally import EventTally
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.unions import count_unions

TABLES_AT_ONCE = 4
"""Apps' days read in one round trip: each brings up to 8,000 fields, and other requests wait meanwhile."""

REFUSALS = [f"r:{reason}" for reason in Reason]


async def build_event_report(
    client: Client, keys: Keys, admin: Admin, selection: Selection
) -> dict[str, Any]:
    """The report of `GET /telemetry/events` and of the command line; raises StoreUnavailable."""
    of_admin = keys.admin(admin.name)
    tally = await _read(client, of_admin, selection)
    devices = await count_unions(client, of_admin, list(tally.sketches.values()))
    figures = report.EventFigures(
        counts=tally.counts,
        devices=dict(zip(tally.sketches, devices, strict=True)),
        active_apps=len(tally.active_apps),
        overflow=tally.overflow,
        refusals=tally.refusals,
    )
    return report.build(admin.name, selection, figures)


async def _read(client: Client, keys: AdminKeys, selection: Selection) -> EventTally:
    tally = EventTally()
    for places in chunks(list(product(selection.days, selection.apps)), TABLES_AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hgetall(keys.events(day, app))
            pipeline.hmget(keys.counters(day, app), REFUSALS)
        answers = iter(await run(pipeline))
        for (day, app), fields, refusals in zip(places, answers, answers, strict=False):
            tally.add(day, app, keys.event_sketch(day, app, ""), fields, selection.filters)
            for reason, hits in zip(Reason, refusals, strict=True):
                if hits:
                    tally.refusals[reason.value] += int(hits)
    return tally
