"""Reading what was counted: the hashes of days, and the devices behind a tally."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from itertools import product

from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys

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
