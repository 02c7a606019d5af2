"""Checks of days of which only plain figures may be left."""

import datetime as dt
from collections.abc import Sequence

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys
from telemetry_counter.store.reading.history import read_heads


async def requests_before(
    client: Client, own: AdminKeys, apps: Sequence[str], days: Sequence[dt.date]
) -> int | None:
    """Of these apps over all these days; None unless every one of them is known."""
    records = await read_heads(client, own, days)
    if len(records) < len(days):
        return None
    return sum(record.requests(app) for record in records.values() for app in apps)
