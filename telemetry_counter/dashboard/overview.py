"""The overview: all apps of an admin at a glance."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard import release_days, wording
from telemetry_counter.dashboard.asked import DAYS, Asked
from telemetry_counter.dashboard.changes import NOTHING_BEFORE, Against
from telemetry_counter.dashboard.daily import daily_chart
from telemetry_counter.dashboard.headline import closed, headline, line
from telemetry_counter.dashboard.notes import without_refusals
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Figure, Notice, Table
from telemetry_counter.releases.release import Release
from telemetry_counter.reporting.app_days import AppDays
from telemetry_counter.reporting.selection import YEAR

NO_VIEWS: Mapping[str, int] = {}
COLUMNS = (
    Column("App"),
    Column("Newest release"),
    Column("Devices", is_number=True),
    Column("Requests", is_number=True),
    Column("On latest", is_number=True),
    Column("Devices by day"),
)
OF_PAGES = Column("Page views", is_number=True)
"""A column only where there are any."""


@dataclass(frozen=True, slots=True)
class Overview:
    """`against`: what the figures are compared with; `first_check` is shown where nothing was counted."""

    asked: Asked
    against: str
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
    against: Against = NOTHING_BEFORE,
    views: Mapping[str, int] = NO_VIEWS,
    closed_apps: Collection[str] = (),
) -> Overview:
    """`against`: what the figures are compared with. `views`: the pages' of each app.

    `closed_apps` are counted in, but who looks may not see them by themselves.
    """
    return Overview(
        asked=asked,
        against=against.said,
        figures=[
            *headline(report, against, is_day_open=asked.ends_today),
            Figure(
                "Active apps",
                wording.number(report["summary"]["total_active_apps"]),
                f"of {len(known):,}",
            ),
        ],
        daily=daily_chart(
            report["daily_stats"],
            asked,
            now.date(),
            release_days.of_apps((app for app in known.values() if app.name not in closed_apps), now),
        ),
        apps=_table(asked, [app for app in apps if app.app not in closed_apps], known, now, views),
        notes=without_refusals(report["notes"]),
    )


def _table(
    asked: Asked,
    apps: Sequence[AppDays],
    known: Mapping[str, App],
    now: dt.datetime,
    views: Mapping[str, int],
) -> Table:
    by_size = sorted(apps, key=lambda app: (-(app.united or 0), -app.total, app.app))
    rows = [_row(asked, app, known[app.app], now) for app in by_size]
    if not any(views.get(app.app) for app in apps):
        return Table("Apps, the most devices first", COLUMNS, rows)
    with_views = [[*row, _views(asked, app.app, views)] for row, app in zip(rows, by_size, strict=True)]
    return Table("Apps, the most devices first", [*COLUMNS, OF_PAGES], with_views)


def _views(asked: Asked, app: str, views: Mapping[str, int]) -> Cell:
    """They lead to the pages, over the same days unless those are a year, of which pages keep nothing."""
    if not views.get(app):
        return Cell(wording.NONE)
    days = {name: value for name, value in asked.query.items() if name in DAYS and value != YEAR}
    return Cell(wording.number(views[app]), asked.links.to("sites", app, **days))


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
            note=f"of {judged:,} {_when(app.judged, now.date())}" if app.judged else "",
        ),
        Cell("", drawing=line(closed(app.devices, asked.ends_today))),
    ]


def _when(day: dt.date, today: dt.date) -> str:
    return "so far today" if day >= today else f"on {wording.short_day(day)}"


def newest(app: App, now: dt.datetime) -> Release | None:
    """The release that came out last and was not withdrawn."""
    return max((one for one in app.releases if one.is_out(now)), key=lambda one: one.published, default=None)
