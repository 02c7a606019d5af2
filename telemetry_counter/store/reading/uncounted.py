"""Reading what was not counted, of many days and apps at once: the few fields that say it, and no others."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
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
from telemetry_counter.store.calls import chunks, run_script
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

HASHES_AT_ONCE = 150
"""Read in one call, which takes the store about a millisecond."""

REFUSED, OVERFLOW = "r:", "o:"
REASONS = {REFUSED + reason: reason for reason in Reason}

Place = tuple[dt.date, str]


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
        async for (day, app), field, hits in _fields(client, places, fields):
            if field in REASONS:
                found.refused[Refused(day, app, REASONS[field])] += hits
            else:
                found.overflow[Overflow(day, app, kind, capped[field])] += hits
    return found


async def _fields(
    client: Client, places: dict[str, Place], fields: Sequence[str]
) -> AsyncIterator[tuple[Place, str, int]]:
    for hashes in chunks(list(places), HASHES_AT_ONCE):
        flat = iter(await run_script(client, "read_fields", hashes, *fields))
        for hash_number, field_number, hits in zip(flat, flat, flat, strict=True):
            yield places[hashes[int(hash_number) - 1]], fields[int(field_number) - 1], int(hits)
