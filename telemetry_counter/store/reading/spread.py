"""Counting which versions each platform runs."""

import datetime as dt

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.reporting.selection import Filters
from telemetry_counter.reporting.spread import Spread, spreading
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.tables import read_tables
from telemetry_counter.store.reading.unions import count_unions


async def read_spread(
    client: Client, keys: Keys, admin: Admin, app: str, day: dt.date, filters: Filters
) -> Spread:
    """Raises StoreUnavailable."""
    own = keys.admin(admin.name)
    found = [spreading(table, filters) async for _, _, table in read_tables(client, own, [app], [day])]
    (wanted,) = found
    fields = [*wanted.places.values(), *wanted.totals.values()]
    counts = await count_unions(client, own, [[own.sketch(day, app, one) for one in some] for some in fields])
    places = len(wanted.places)
    return Spread(
        day,
        wanted.platforms,
        wanted.versions,
        dict(zip(wanted.places, counts[:places], strict=True)),
        dict(zip(wanted.totals, counts[places:], strict=True)),
    )
