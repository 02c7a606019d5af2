"""Reading what each app came to on each day: closed days from the history, the others as they are."""

import datetime as dt
from collections.abc import Mapping, Sequence

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.reporting.app_days import AppDays, app_days
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.history import DayHeads
from telemetry_counter.reporting.selection import Reach, Selection
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.history import read_heads
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.reading.unions import count_unions

Place = tuple[dt.date, str]


async def read_app_days(
    client: Client, keys: Keys, admin: Admin, selection: Selection, reach: Reach
) -> list[AppDays]:
    """Of each selected app; filters are not looked at. Raises StoreUnavailable."""
    own = keys.admin(admin.name)
    kept = [day for day in selection.days if day >= reach.first]
    records = await read_heads(client, own, selection.days)
    checks, _ = await Rollups(client, own).fingerprint(kept)
    requests = {
        (day, app): counts.get(app, 0)
        for day, counts in zip(kept, checks, strict=True)
        for app in selection.apps
        if not _is_settled(records.get(day), app, counts.get(app, 0))
    }
    devices, united = await _devices(client, own, selection, requests)
    counted = {place: (requests[place], devices[place]) for place in requests}
    return [
        app_days(app, selection.days, records, counted, None if selection.is_history else united[app])
        for app in selection.apps
    ]


def _is_settled(record: DayHeads | None, app: str, checks: int) -> bool:
    """Whether the history has all that was counted that day."""
    return record is not None and record.requests(app) >= checks


async def _devices(
    client: Client, own: AdminKeys, selection: Selection, requests: Mapping[Place, int]
) -> tuple[dict[Place, int], dict[str, int]]:
    """Of each place with a request, and of each app over all days unless they are a year."""
    active = [place for place, checks in requests.items() if checks]
    apps: Sequence[str] = () if selection.is_history else selection.apps
    unions = [[own.sketch(day, app, ALL)] for day, app in active]
    unions += [[own.sketch(day, app, ALL) for day in selection.days] for app in apps]
    counts = await count_unions(client, own, unions)
    of_places = dict(zip(active, counts, strict=False))
    return (
        {place: of_places.get(place, 0) for place in requests},
        dict(zip(apps, counts[len(active) :], strict=True)),
    )
