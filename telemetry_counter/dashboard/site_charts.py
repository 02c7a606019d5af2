"""A site's views and visitors by day, and its views by hour."""

import datetime as dt
from collections.abc import Sequence

from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.lists import DayLead, Row
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Table
from telemetry_counter.dashboard.wording import day, number, percent, short_day


def daily_chart(rows: Sequence[Row], lead: DayLead) -> Chart:
    dates = [dt.date.fromisoformat(row["date"]) for row in rows]
    slots = [
        Slot(
            short_day(date),
            f"{day(date)}: {number(row['page_views'])} views, {number(row['visitors'])} visitors",
            lead(date),
        )
        for date, row in zip(dates, rows, strict=True)
    ]
    panels = [
        Panel("Views", [[row["page_views"]] for row in rows], ["s0"], 170),
        Panel("Visitors", [[row["visitors"]] for row in rows], ["s2"], 110),
    ]
    description = "Views and visitors of each day"
    table = Table(
        description,
        [Column("Day"), Column("Views", is_number=True), Column("Visitors", is_number=True)],
        [
            [
                Cell(day(date), lead(date)),
                Cell(number(row["page_views"])),
                Cell(number(row["visitors"])),
            ]
            for date, row in zip(dates, rows, strict=True)
        ],
    )
    return Chart(columns(description, slots, panels), description, table)


def hourly_chart(rows: Sequence[Row]) -> Chart:
    views = [row["page_views"] for row in rows]
    labels = [f"{row['hour']:02}:00" for row in rows]
    slots = [
        Slot(label, f"{label} to {(hour + 1) % 24:02}:00 UTC: {number(count)} views")
        for hour, (label, count) in enumerate(zip(labels, views, strict=True))
    ]
    description = "Views in each hour of the day, UTC"
    table = Table(
        description,
        [Column("Hour, UTC"), Column("Views", is_number=True), Column("Share of views", is_number=True)],
        [
            [Cell(label), Cell(number(count)), Cell(percent(count, sum(views)))]
            for label, count in zip(labels, views, strict=True)
        ],
    )
    panel = Panel("", [[count] for count in views], ["s0"], 140)
    return Chart(columns(description, slots, [panel]), description, table)
