"""Which programs asked on some days: checks by cell, of each app."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import product

from telemetry_counter.reporting.cells import Cell, parse_cell
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys

AT_ONCE = 50


async def read_programs(
    client: Client, keys: AdminKeys, apps: Sequence[str], days: Sequence[dt.date]
) -> dict[str, Counter[Cell]]:
    """Raises StoreUnavailable."""
    found: dict[str, Counter[Cell]] = {app: Counter() for app in apps}
    for places in chunks(list(product(days, apps)), AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hgetall(keys.cells(day, app))
        for (_, app), cells in zip(places, await run(pipeline), strict=True):
            for stored, checks in cells.items():
                found[app][parse_cell(stored)] += int(checks)
    return found
