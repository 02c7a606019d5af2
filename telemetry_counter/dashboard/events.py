"""An app's events: how often, from how many devices, by day, version and property."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.changes import Against
from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.headline import closed, line
from telemetry_counter.dashboard.lists import DayLead, Lead, bar_list, full_table, nowhere
from telemetry_counter.dashboard.notes import without_refusals
from telemetry_counter.dashboard.parts import BarList, Cell, Chart, Column, Figure, Table
from telemetry_counter.dashboard.wording import day, number, percent, short_day

Report = Mapping[str, Any]
OF_DEVICES = "Devices, and their share of the event's"


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, looked at closely. `has_filter`: its properties are not kept by what is filtered by."""

    name: str
    days: Chart | None
    versions: BarList
    all_versions: Table
    properties: Sequence[BarList]
    has_filter: bool


@dataclass(frozen=True, slots=True)
class EventsView:
    figures: Sequence[Figure]
    days: Chart | None
    events: Table
    event: EventView | None
    builds: Sequence[BarList]
    has_events: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a day, and a closer look at an event, lead."""

    of_day: DayLead = nowhere
    of_event: Lead = nowhere


def events_view(
    report: Report,
    figures: Sequence[Figure],
    leads: Leads,
    chosen: str,
    *,
    has_filter: bool,
    is_day_open: bool,
) -> EventsView:
    """`chosen` is the event to be looked at closely, unless there is no such one."""
    events = report["events"]
    devices = report["summary"]["unique_clients"]
    closer = next((one for one in events if one["event"] == chosen), events[0] if events else None)
    return EventsView(
        figures=figures,
        days=_days(report["daily_stats"], "total_events", "unique_clients", "events", leads.of_day),
        events=_events(events, devices, leads.of_event, is_day_open),
        event=_closer(closer, leads, has_filter) if closer else None,
        builds=_builds(report, devices),
        has_events=bool(events),
        notes=without_refusals(report["notes"]),
    )


def events_figures(report: Report, against: Against, *, is_day_open: bool) -> list[Figure]:
    """The large numbers."""
    now = report["summary"]
    count, devices = now["total_events"], now["unique_clients"]
    days = closed(report["daily_stats"], is_day_open)
    return [
        Figure(
            "Events",
            number(count),
            "of all names together",
            against.change("total_events"),
            line([row["total_events"] for row in days]),
        ),
        Figure(
            "Devices",
            number(devices),
            "that sent any event, each counted once",
            against.change("unique_clients", rising="good"),
            line([row["unique_clients"] for row in days]),
        ),
        Figure("Per device", f"{count / devices:,.1f}" if devices else number(None), "events in these days"),
        Figure("Names", number(now["event_names_count"]), "of events"),
    ]


def _events(events: Sequence[Report], devices: int, lead: Lead, is_day_open: bool) -> Table:
    return Table(
        "Events: how often, and from how many devices",
        [
            Column("Event"),
            Column("Count", is_number=True),
            Column("Devices", is_number=True),
            Column("Share of devices", is_number=True),
            Column("Per device", is_number=True),
            Column("Count by day"),
        ],
        [
            [
                Cell(one["event"], lead(one["event"])),
                Cell(number(one["count"])),
                Cell(number(one["client_count"])),
                Cell(percent(one["client_count"], devices)),
                Cell(f"{one['count'] / one['client_count']:,.1f}" if one["client_count"] else number(None)),
                Cell("", drawing=line([row["count"] for row in closed(one["daily"], is_day_open)])),
            ]
            for one in events
        ],
    )


def _closer(event: Report, leads: Leads, has_filter: bool) -> EventView:
    devices = event["client_count"]
    versions = [("Version", "version"), ("Count", "count"), ("Devices", "client_count")]
    return EventView(
        name=event["event"],
        days=_days(event["daily"], "count", "client_count", event["event"], leads.of_day),
        versions=bar_list("Versions", OF_DEVICES, event["versions"], "version", "client_count", devices),
        all_versions=full_table(f"Versions of {event['event']}", event["versions"], versions),
        properties=[
            bar_list(
                one["property"],
                "Count, and its share of all its values",
                sorted(one["values"], key=lambda row: (row["value"] == OTHER, -row["count"])),
                "value",
                "count",
                sum(row["count"] for row in one["values"]),
            )
            for one in event["properties"]
        ],
        has_filter=has_filter,
    )


def _builds(report: Report, devices: int) -> list[BarList]:
    wanted = (
        ("platforms", "platform", "Platforms"),
        ("architectures", "arch", "Architectures"),
        ("channels", "channel", "Channels"),
    )
    unit = "Devices with any event, and their share"
    return [
        bar_list(title, unit, report[plural], name, "client_count", devices) for plural, name, title in wanted
    ]


def _days(rows: Sequence[Report], counted: str, devices: str, what: str, lead: DayLead) -> Chart | None:
    """None for a single day, which is a figure."""
    if len(rows) < 2:
        return None
    dates = [dt.date.fromisoformat(row["date"]) for row in rows]
    tips = [
        f"{day(date)}: {number(row[counted])} {what}, {number(row[devices])} devices"
        for date, row in zip(dates, rows, strict=True)
    ]
    slots = [Slot(short_day(date), tip, lead(date)) for date, row, tip in zip(dates, rows, tips, strict=True)]
    panels = [
        Panel("Count", [[row[counted]] for row in rows], ["s0"], 150),
        Panel("Devices", [[row[devices]] for row in rows], ["s2"], 100),
    ]
    description = f"How often, and from how many devices, on each day: {what}"
    table = Table(
        description,
        [Column("Day"), Column("Count", is_number=True), Column("Devices", is_number=True)],
        [
            [Cell(day(date), lead(date)), Cell(number(row[counted])), Cell(number(row[devices]))]
            for date, row in zip(dates, rows, strict=True)
        ],
    )
    return Chart(columns(description, slots, panels), description, table)
