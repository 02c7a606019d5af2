"""Whether what is counted goes when it should."""

import datetime as dt

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.counting.clock import expires_at
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys

CLOSE_SECONDS = 60


async def of_retention(
    client: Client, keys: AdminKeys, admin: Admin, days: list[dt.date], retention_days: int, now: float
) -> Finding | None:
    """By one counter of the admin's; None if it has none on these days."""
    for day in days:
        for app in admin.apps:
            with store_errors():
                left = await client.ttl(keys.counters(day, app))
            if left != -2:  # Redis' word for a key that is not there
                return judged(f"{admin.name}/{app}", day, left, expires_at(day, retention_days) - now)
    return None


def judged(app: str, day: dt.date, left: float, expected: float) -> Finding:
    """`left` and `expected` in seconds; -1 is Redis' word for never."""
    if left == -1:
        return bad(f"what {app} counted on {day} never expires", "somebody has changed the key: EXPIRE it")
    if abs(left - expected) < CLOSE_SECONDS:
        return good(f"what {app} counted on {day} goes in {left / 86_400:.0f} days")
    return note(
        f"what {app} counted on {day} goes in {left / 86_400:.0f} days, not in {expected / 86_400:.0f}",
        "RETENTION_DAYS was another one that day; later days follow the new one",
    )
