"""Reading how many page views each app came to."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import product

from telemetry_counter.pages.dimensions import ALL
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.fields import read_fields


async def read_views(
    client: Client, keys: Keys, admin: str, apps: Sequence[str], days: Sequence[dt.date]
) -> Counter[str]:
    """Of each app that has any. Raises StoreUnavailable."""
    own, views = keys.admin(admin), Counter[str]()
    places = {own.pages(day, app): app for day, app in product(days, apps)}
    async for app, _, count in read_fields(client, places, [ALL]):
        views[app] += count
    return views
