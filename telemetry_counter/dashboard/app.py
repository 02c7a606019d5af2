"""An app's page: who runs which version, where, and how fast releases spread."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard import release_days, versions
from telemetry_counter.dashboard.adoption import Adoption
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import NOTHING_BEFORE, Against
from telemetry_counter.dashboard.daily import daily_chart
from telemetry_counter.dashboard.filtering import Filtering, filtering, lead
from telemetry_counter.dashboard.headline import ACCURACY, headline
from telemetry_counter.dashboard.lists import bar_list
from telemetry_counter.dashboard.notes import without_refusals
from telemetry_counter.dashboard.parts import BarList, Chart, Choice, Figure, Notice, Table
from telemetry_counter.dashboard.wording import day, number
from telemetry_counter.releases.release import Release
from telemetry_counter.reporting.selection import Grants, Selection
from telemetry_counter.reporting.spread import Spread

DIMENSIONS = (
    ("Platforms", "platforms", "platform"),
    ("Architectures", "architectures", "arch"),
    ("Channels", "channels", "channel"),
)
"""Title, field of the report (which is the filter's name too), and name in its rows."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page shows, as it was read. What could not be asked is None."""

    report: Mapping[str, Any]
    active: Mapping[str, Any] | None
    spread: Spread | None
    adoption: Adoption | None
    known: Mapping[str, Sequence[str]]
    against: Against = NOTHING_BEFORE


@dataclass(frozen=True, slots=True)
class AppView:
    """`empty`: a sentence where there are no figures; `first_check`: how to make some.

    `elsewhere` leads to where there are figures of the app, if this page has none.
    """

    asked: Asked
    against: str
    sides: Sequence[Choice]
    filtering: Filtering
    figures: Sequence[Figure] = ()
    active: Sequence[Figure] = ()
    versions: Chart | None = None
    usage: Sequence[Table] = ()
    daily: Chart | None = None
    bars: Sequence[BarList] = ()
    heat: Table | None = None
    adoption: Adoption | None = None
    notes: Sequence[str] = ()
    empty: str = ""
    first_check: Notice | None = None
    elsewhere: Choice | None = None


def app_view(
    app: App,
    asked: Asked,
    selection: Selection,
    facts: Facts,
    sides: Sequence[Choice],
    grants: Grants | None,
    now: dt.datetime,
) -> AppView:
    report, known, against = facts.report, _known(facts), facts.against
    shown = filtering(asked, selection, known, grants)
    if not report["summary"]["total_requests"]:
        notes = without_refusals(report["notes"])
        return AppView(asked, "", sides, shown, notes=notes, empty=_nothing(selection))
    devices = report["summary"]["unique_clients"]
    return AppView(
        asked=asked,
        against=against.said,
        sides=sides,
        filtering=shown,
        figures=headline(report, against, is_day_open=asked.ends_today),
        active=_active(facts.active),
        versions=versions.by_day(report["daily_versions"], asked),
        usage=() if selection.is_history else _usage(app, report, now),
        daily=daily_chart(
            report["daily_stats"], asked, now.date(), release_days.of_app(app, selection.filters, now)
        ),
        bars=[
            bar_list(
                title,
                f"of {number(devices)} devices",
                report[field],
                name,
                "client_count",
                devices,
                lead=lead(asked, field, grants),
            )
            for title, field, name in DIMENSIONS
            if devices is not None
        ],
        heat=versions.heat_table(facts.spread, now.date()) if facts.spread else None,
        adoption=facts.adoption,
        notes=without_refusals(report["notes"]),
    )


def _usage(app: App, report: Mapping[str, Any], now: dt.datetime) -> list[Table]:
    """Not over a year, of which versions are known by day only."""
    last = versions.last_day(report, now.date())
    return versions.usage_tables(report["versions"]["usage"], last, published(app, now), now)


def published(app: App, now: dt.datetime) -> versions.Published:
    first: dict[str, Release] = {}
    for release in sorted(app.releases, key=lambda one: one.published):
        first.setdefault(release.version, release)
    return versions.Published(first, next(iter(app.history.versions(now)[::-1]), ""))


def _known(facts: Facts) -> dict[str, set[str]]:
    return {
        field: {row[name] for row in facts.report[field]} | set(facts.known.get(field, ()))
        for _, field, name in DIMENSIONS
    }


def _nothing(selection: Selection) -> str:
    when = (
        day(selection.days[0])
        if len(selection.days) == 1
        else f"{day(selection.days[0])} to {day(selection.days[-1])}"
    )
    if selection.filters:
        return f"No check matches these filters, {when}."
    return f"No check was counted, {when}."


def _active(row: Mapping[str, Any] | None) -> list[Figure]:
    if row is None:
        return []
    until = day(dt.date.fromisoformat(row["date"]))
    names = (("Active on the day", "daily"), ("Active in 7 days", "weekly"), ("Active in 30 days", "monthly"))
    return [
        Figure(
            label,
            number(row[name]),
            f"up to {until}, {ACCURACY}" if row[name] is not None else "not all these days are kept",
        )
        for label, name in names
    ]
