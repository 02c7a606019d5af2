"""Reading what was counted: the hashes of days, and the devices behind a tally."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import product

from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.reporting.figures import DayFigures, clients
from telemetry_counter.reporting.tally import DayTally
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys
from telemetry_counter.store.unions import chunks, count_unions, run

TABLES_AT_ONCE = 4
"""Apps' days read in one round trip: each brings up to 2,000 cells, and other requests wait meanwhile."""


async def read_tables(
    client: Client, keys: AdminKeys, apps: Sequence[str], days: Sequence[dt.date]
) -> AsyncIterator[tuple[dt.date, str, DayTable]]:
    """What each app counted on each day."""
    for places in chunks(list(product(days, apps)), TABLES_AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hgetall(keys.counters(day, app))
            pipeline.hgetall(keys.cells(day, app))
        hashes = iter(await run(pipeline))
        for (day, app), counters, cells in zip(places, hashes, hashes, strict=False):
            yield day, app, DayTable.read(counters, cells)


async def count_days(
    client: Client, keys: AdminKeys, days: Mapping[dt.date, DayTally]
) -> dict[dt.date, DayFigures]:
    unions = [union for of_day in days.values() for union in of_day.unions.values()]
    counts = iter(await count_unions(client, keys, unions))
    return {
        day: DayFigures(of_day.requests, clients(dict(zip(of_day.unions, counts, strict=False))))
        for day, of_day in days.items()
    }
