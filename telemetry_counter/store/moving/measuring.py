"""An admin's figures as the reports give them, to be held against those of another store."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.moving.records import Row
from telemetry_counter.pages.filters import PageFilter
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.event_figures import build_event_report
from telemetry_counter.store.reading.page_figures import build_page_report
from telemetry_counter.store.reading.reports import Asked


async def measure(
    client: Client, keys: Keys, admin: Admin, days: Sequence[dt.date], now: dt.datetime
) -> list[Row]:
    """Of all the days, of the closed ones together, of each day, and what does not expire."""
    rows = await _registered(client, keys, admin)
    closed = [day for day in days if day < now.date()]
    spans = [list(days), closed] if closed != list(days) else [closed]
    if admin.apps:
        for span in filter(None, spans):
            rows += await _counted(client, keys, admin, span, now)
    return list(dict.fromkeys(rows))


async def _registered(client: Client, keys: Keys, admin: Admin) -> list[Row]:
    own = keys.admin(admin.name)
    pipeline = client.pipeline(transaction=False)
    pipeline.hlen(own.history)
    pipeline.llen(own.log)
    history, log = await run(pipeline)
    numbers = {
        "Apps": len(admin.apps),
        "Releases": sum(len(app.releases) for app in admin.apps.values()),
        "Tokens": len(admin.tokens),
        "Team users": len(admin.team),
        "Days of history": history,
        "Entries of the log": log,
    }
    return [Row(what, None, None, value) for what, value in numbers.items()]


async def _counted(
    client: Client, keys: Keys, admin: Admin, days: Sequence[dt.date], now: dt.datetime
) -> list[Row]:
    selection = Selection(tuple(days), tuple(sorted(admin.apps)))
    figures = await Asked(client, keys.admin(admin.name), admin, selection, now).figures_as_they_are()
    pages = await build_page_report(client, keys, admin, selection, PageFilter())
    events = await build_event_report(client, keys, admin, selection)
    first, last = days[0], days[-1]
    totals = {
        "Requests": figures.requests,
        "Devices": figures.clients.unique,
        "Page views": pages["summary"]["page_views"],
        "Visitors": pages["summary"]["sum_of_daily_visitors"],
        "Events": events["summary"]["total_events"],
        "Devices with events": events["summary"]["unique_clients"],
    }
    rows = [Row(what, first, last, value) for what, value in totals.items()]
    for day, of_day in figures.days.items():
        rows += (Row("Requests", day, day, of_day.requests), Row("Devices", day, day, of_day.clients.unique))
    return [*rows, *_daily(pages, "Page views", "page_views"), *_daily(events, "Events", "total_events")]


def _daily(report: dict[str, Any], what: str, field: str) -> Iterator[Row]:
    for row in report["daily_stats"]:
        day = dt.date.fromisoformat(row["date"])
        yield Row(what, day, day, row[field])
