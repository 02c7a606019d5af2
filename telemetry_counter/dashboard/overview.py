"""The overview: all apps of an admin at a glance."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard import wording
from telemetry_counter.dashboard.asked import DAYS, Asked
from telemetry_counter.dashboard.daily import daily_chart
from telemetry_counter.dashboard.headline import closed, headline, line
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Figure, Notice, Table
from telemetry_counter.releases.release import Release
from telemetry_counter.reporting.app_days import AppDays

SPARK_POINTS = 31
COLUMNS = (
    Column("App"),
    Column("Newest release"),
    Column("Devices", is_number=True),
    Column("Requests", is_number=True),
    Column("On latest", is_number=True),
    Column("Devices by day"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    """`first_check` is shown instead of figures where nothing was counted."""

    asked: Asked
    figures: Sequence[Figure]
    daily: Chart | None
    apps: Table | None
    notes: Sequence[str]
    first_check: Notice | None = None


def overview(
    asked: Asked,
    report: Mapping[str, Any],
    apps: Sequence[AppDays],
    known: Mapping[str, App],
    now: dt.datetime,
    against: str = "",
) -> Overview:
    """`against`: what the report's `change` compares with, in words."""
    active = [sum(bool(app.requests[day]) for app in apps) for day in range(len(asked.days))]
    return Overview(
        asked=asked,
        figures=[
            *headline(report, against, is_day_open=asked.ends_today),
            Figure(
                "Active apps",
                wording.number(report["summary"]["total_active_apps"]),
                f"of {len(known):,}",
                None,
                line(closed(active, asked.ends_today)),
            ),
        ],
        daily=daily_chart(report["daily_stats"], asked, now.date()),
        apps=_table(asked, apps, known, now),
        notes=report["notes"],
    )


def _table(asked: Asked, apps: Sequence[AppDays], known: Mapping[str, App], now: dt.datetime) -> Table:
    by_size = sorted(apps, key=lambda app: (-(app.united or 0), -app.total, app.app))
    rows = [_row(asked, app, known[app.app], now) for app in by_size]
    return Table("Apps, the most devices first", COLUMNS, rows)


def _row(asked: Asked, app: AppDays, known: App, now: dt.datetime) -> list[Cell]:
    days = {name: value for name, value in asked.query.items() if name in DAYS}
    released = newest(known, now)
    judged = app.latest + app.outdated
    return [
        Cell(app.app, asked.links.to("apps", app.app, **days)),
        Cell(released.version, note=wording.age(released.published, now)) if released else Cell(wording.NONE),
        Cell(wording.number(app.united)),
        Cell(wording.number(app.total)),
        Cell(
            wording.percent(app.latest, judged),
            note=f"of {judged:,} on {wording.short_day(app.judged)}" if app.judged else "",
        ),
        Cell("", drawing=line(thinned(closed(app.devices, asked.ends_today)))),
    ]


def newest(app: App, now: dt.datetime) -> Release | None:
    """The release that came out last and still is."""
    return max((one for one in app.releases if one.is_out(now)), key=lambda one: one.published, default=None)


def thinned(values: Sequence[int | None]) -> list[float | None]:
    """So few that a small line can show them, each the mean of those it stands for."""
    size = -(-len(values) // SPARK_POINTS)
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    return [sum(value or 0 for value in group) / len(group) for group in groups]
