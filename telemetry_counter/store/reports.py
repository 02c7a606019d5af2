"""Answering what a report asks: reads, sums up, counts."""

import datetime as dt
from typing import Any

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.reporting import report
from telemetry_counter.reporting.figures import Figures
from telemetry_counter.reporting.judgement import bench_of, judged_at
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.reporting.tally import Tally
from telemetry_counter.store.connect import Client
from telemetry_counter.store.figures import count_tally, read_tables
from telemetry_counter.store.keys import AdminKeys, Keys


async def build_report(
    client: Client, keys: Keys, admin: Admin, selection: Selection, now: dt.datetime
) -> dict[str, Any]:
    """The report of `GET /telemetry` and of the command line; raises StoreUnavailable."""
    figures = await read_figures(client, keys.admin(admin.name), admin, selection, now)
    return report.build(admin.name, selection, figures, _published(admin, selection, now))


async def read_figures(
    client: Client, keys: AdminKeys, admin: Admin, selection: Selection, now: dt.datetime
) -> Figures:
    tally = await _tally(client, keys, admin, selection, now)
    return await count_tally(client, keys, tally)


async def _tally(
    client: Client, keys: AdminKeys, admin: Admin, selection: Selection, now: dt.datetime
) -> Tally:
    benches = {app: bench_of(admin.apps[app].history) for app in selection.apps}
    end = judged_at(selection.days[-1], now)
    tally = Tally.of(selection.days)
    async for day, app, table in read_tables(client, keys, selection.apps, selection.days):
        bench = benches[app]
        tally.add(
            day,
            app,
            keys.sketch(day, app, ""),
            table,
            selection.filters,
            of_day=bench.at(judged_at(day, now)),
            of_range=bench.at(end),
        )
    return tally


def _published(admin: Admin, selection: Selection, now: dt.datetime) -> set[str]:
    releases = (release for app in selection.apps for release in admin.apps[app].releases)
    return report.published_versions(releases, selection.filters, judged_at(selection.days[-1], now))
