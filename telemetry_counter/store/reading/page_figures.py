"""Reading what was counted of pages, and answering what their report asks."""

import datetime as dt
from collections.abc import Sequence
from itertools import product
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.pages import report
from telemetry_counter.pages.filters import PageFilter
from telemetry_counter.pages.tally import Figure, PageTally
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.unions import count_unions

TABLES_AT_ONCE = 4
"""Sites' days read in one round trip: each brings up to 5,000 fields, and other requests wait meanwhile."""

REFUSALS = [f"r:{reason}" for reason in Reason]


async def build_page_report(
    client: Client, keys: Keys, admin: Admin, selection: Selection, only: PageFilter
) -> dict[str, Any]:
    """The report of `GET /telemetry/web` and of the command line; raises StoreUnavailable."""
    of_admin = keys.admin(admin.name)
    tally = await _read(client, of_admin, selection, only)
    visitors = await _visitors(client, of_admin, tally)
    return report.build(admin.name, selection, only, tally, visitors)


async def count_over(client: Client, keys: AdminKeys, app: str, field: str, days: Sequence[dt.date]) -> int:
    """What one field adds up to over some days. Raises StoreUnavailable."""
    pipeline = client.pipeline(transaction=False)
    for day in days:
        pipeline.hget(keys.pages(day, app), field)
    return sum(int(count) for count in await run(pipeline) if count)


async def _read(client: Client, keys: AdminKeys, selection: Selection, only: PageFilter) -> PageTally:
    tally = PageTally()
    for places in chunks(list(product(selection.days, selection.apps)), TABLES_AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hgetall(keys.pages(day, app))
            pipeline.hmget(keys.counters(day, app), REFUSALS)
        answers = iter(await run(pipeline))
        for (day, app), fields, refusals in zip(places, answers, answers, strict=False):
            tally.add(day, app, keys.visitors(day, app, ""), fields, only)
            for reason, hits in zip(Reason, refusals, strict=True):
                if hits:
                    tally.refusals[reason.value] += int(hits)
    return tally


async def _visitors(client: Client, keys: AdminKeys, tally: PageTally) -> dict[Figure, int]:
    figures = report.shown_figures(tally)
    unions = [(figure, union) for figure in figures for union in tally.sketches[figure].values()]
    sizes = await count_unions(client, keys, [union for _, union in unions])
    visitors = dict.fromkeys(figures, 0)
    for (figure, _), size in zip(unions, sizes, strict=True):
        visitors[figure] += size
    return visitors
