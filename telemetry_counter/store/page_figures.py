"""Reading what was counted of pages."""

import datetime as dt
from collections.abc import Sequence

from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys


async def count_over(client: Client, keys: AdminKeys, app: str, field: str, days: Sequence[dt.date]) -> int:
    """What a field of the pages' hashes adds up to. Raises StoreUnavailable."""
    pipeline = client.pipeline(transaction=False)
    for day in days:
        pipeline.hget(keys.pages(day, app), field)
    with store_errors():
        counts = await pipeline.execute()
    return sum(int(count) for count in counts if count)
