"""On which days a service that counts was running."""

import datetime as dt
from collections.abc import Sequence

from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys, day_stamp


async def mark_day(client: Client, keys: Keys, day: dt.date) -> None:
    """To be called once a day by every service that counts; a day costs some 20 bytes for ever."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hset(keys.counting, day_stamp(day), "1")
    await run(pipeline)


async def days_on(client: Client, keys: Keys) -> set[str]:
    """Stamps of the days on which a service counted."""
    pipeline = client.pipeline(transaction=False)
    pipeline.hkeys(keys.counting)
    (stamps,) = await run(pipeline)
    return {stamp.decode() for stamp in stamps}


async def days_off(client: Client, keys: Keys, days: Sequence[dt.date]) -> list[dt.date]:
    """Which of the days, from the first on which a service counted, had none that did."""
    counting = await days_on(client, keys)
    first = min(counting, default="9")
    return [day for day in days if day_stamp(day) > first and day_stamp(day) not in counting]
