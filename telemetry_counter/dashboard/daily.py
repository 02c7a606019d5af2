"""Devices and requests by day, as columns that lead to the day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Key, Table
from telemetry_counter.dashboard.release_days import ReleaseDays
from telemetry_counter.dashboard.wording import day, number, percent, short_day

Row = Mapping[str, Any]
COLUMNS = (
    Column("Day"),
    Column("Devices", is_number=True),
    Column("On latest", is_number=True),
    Column("Outdated", is_number=True),
    Column("Requests", is_number=True),
)
LEGEND = (
    Key("Devices on the latest version", "s0"),
    Key("Other devices", "s0-soft"),
    Key("Requests", "rest"),
)
RELEASED = Key("Release: a new version is the latest, which few devices have on its first day", "mark")


def daily_chart(
    rows: Sequence[Row], asked: Asked, today: dt.date, released: ReleaseDays | None = None
) -> Chart | None:
    """None for a single day: a chart of one column says nothing."""
    if len(rows) < 2:
        return None
    dates = [dt.date.fromisoformat(row["date"]) for row in rows]
    out = {date: (released or {}).get(date, []) for date in dates}
    slots = [
        Slot(short_day(date), _tip(date, row, date == today, out[date]), asked.of_day(date), out[date])
        for date, row in zip(dates, rows, strict=True)
    ]
    panels = [
        Panel("Devices", [_devices(row) for row in rows], ("s0", "s0-soft"), 190),
        Panel("Requests", [_requests(row) for row in rows], ("rest",), 92),
    ]
    description = f"Devices and requests by day, {day(dates[0])} to {day(dates[-1])}"
    legend = (*LEGEND, RELEASED) if any(out.values()) else LEGEND
    return Chart(columns(description, slots, panels), description, _table(rows, dates, asked, out), legend)


def _devices(row: Row) -> list[float] | None:
    """Those on the latest version, and above them the others."""
    if row["unique_clients"] is None:
        return None
    latest = min(row["clients_using_latest_version"] or 0, row["unique_clients"])
    return [latest, row["unique_clients"] - latest]


def _requests(row: Row) -> list[float] | None:
    return None if row["total_requests"] is None else [row["total_requests"]]


def _tip(date: dt.date, row: Row, is_today: bool, released: Sequence[str]) -> str:
    so_far, out = " so far" if is_today else "", f"; {_said(released)}" if released else ""
    if row["total_requests"] is None:
        return f"{day(date)}: not kept{out}"
    devices, requests = number(row["unique_clients"]), number(row["total_requests"])
    return f"{day(date)}{so_far}: {devices} devices, {requests} requests{out}"


def _said(released: Sequence[str]) -> str:
    return f"released: {', '.join(released)}" if released else ""


def _table(rows: Sequence[Row], dates: Sequence[dt.date], asked: Asked, released: ReleaseDays) -> Table:
    return Table(
        "Devices and requests by day",
        COLUMNS,
        [_cells(*one, asked, released) for one in _latest_first(rows, dates)],
    )


def _latest_first(rows: Sequence[Row], dates: Sequence[dt.date]) -> list[tuple[dt.date, Row]]:
    return list(zip(dates, rows, strict=True))[::-1]


def _cells(date: dt.date, row: Row, asked: Asked, released: ReleaseDays) -> list[Cell]:
    devices, latest, outdated = (
        row[name] for name in ("unique_clients", "clients_using_latest_version", "clients_outdated")
    )
    known = latest + outdated if latest is not None else None
    return [
        Cell(day(date), asked.of_day(date), note=_said(released[date])),
        Cell(number(devices)),
        Cell(number(latest), note=percent(latest, known) if known else ""),
        Cell(number(outdated)),
        Cell(number(row["total_requests"])),
    ]
