"""Reading what was not counted, of many days and apps at once: the few fields that say it, and no others."""

import datetime as dt
from collections.abc import Sequence
from itertools import product

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.reporting.uncounted import (
    CHECKS,
    EVENTS,
    OVERFLOWED,
    PAGES,
    Overflow,
    Refused,
    Uncounted,
)
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.fields import read_fields

REFUSED, OVERFLOW = "r:", "o:"
REASONS = {REFUSED + reason: reason for reason in Reason}


async def read_uncounted(
    client: Client, keys: Keys, admin: str, apps: Sequence[str], days: Sequence[dt.date]
) -> Uncounted:
    """The same sums as in the reports, told apart by day and app. Raises StoreUnavailable."""
    own, found = keys.admin(admin), Uncounted()
    hashes = {CHECKS: own.counters, PAGES: own.pages, EVENTS: own.events}
    for kind, key in hashes.items():
        capped = {OVERFLOW + prefix: name for prefix, name in OVERFLOWED[kind].items()}
        fields = [*capped, *(REASONS if kind == CHECKS else ())]
        places = {key(day, app): (day, app) for day, app in product(days, apps)}
        async for (day, app), field, hits in read_fields(client, places, fields):
            if field in REASONS:
                found.refused[Refused(day, app, REASONS[field])] += hits
            else:
                found.overflow[Overflow(day, app, kind, capped[field])] += hits
    return found
