"""Rows of a report as bars and tables."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.parts import Bar, BarList, Cell, Column, Table
from telemetry_counter.dashboard.scales import share
from telemetry_counter.dashboard.small_charts import share_bar
from telemetry_counter.dashboard.wording import number, percent

SHOWN = 10
"""Bars of a list; the rest are in its table, or only a number."""

Row = Mapping[str, Any]
Lead = Callable[[str], str]
DayLead = Callable[[dt.date], str]


def nowhere(value: str | dt.date) -> str:
    return ""


def bar_list(
    title: str,
    unit: str,
    rows: Sequence[Row],
    name: str,
    counted: str,
    whole: float,
    *,
    lead: Lead = nowhere,
    empty: str = "Nothing stated a value.",
    longest: int = 0,
) -> BarList:
    """The first rows of a dimension; `whole` is what the shares are taken of. (other) leads nowhere.

    `longest`: of how many values the report lists the first, if it leaves any out.
    """
    most = max((row[counted] for row in rows), default=0)
    bars = [
        Bar(
            label=row[name],
            value=number(row[counted]),
            share=percent(row[counted], whole),
            drawing=share_bar(share(row[counted], most)),
            href="" if row[name] == OTHER else lead(row[name]),
        )
        for row in rows[:SHOWN]
    ]
    return BarList(title, unit, bars, _left_out(rows, name, counted, whole, longest), empty)


def full_table(
    caption: str, rows: Sequence[Row], columns: Sequence[tuple[str, str]], lead: Lead = nowhere
) -> Table:
    """All rows. `columns`: title and field, the first of them the name."""
    (title, name), *figures = columns
    return Table(
        caption,
        [Column(title), *(Column(figure, is_number=True) for figure, _ in figures)],
        [
            [
                Cell(row[name], "" if row[name] == OTHER else lead(row[name])),
                *(Cell(number(row[field])) for _, field in figures),
            ]
            for row in rows
        ],
    )


def _left_out(rows: Sequence[Row], name: str, counted: str, whole: float, longest: int) -> str:
    left = rows[SHOWN:]
    if not left:
        return ""
    rest = sum(row[counted] for row in left)
    together = f"with {number(rest)} together, {percent(rest, whole)}"
    named = sum(row[name] != OTHER for row in left)
    if longest and named + SHOWN >= longest:
        others = f" and {OTHER}" if named < len(left) else ""
        return f"And {named:,} more of the {longest:,} that are listed{others}, {together}."
    return f"And {len(left):,} more {together}."
