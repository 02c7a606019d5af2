"""Who changed what, and when."""

from collections.abc import Sequence

from telemetry_counter.accounts.audit import Entry
from telemetry_counter.dashboard.managing.parts import Managing, Section, Way
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Cell, Column, Table
from telemetry_counter.dashboard.wording import number

SHOWN = 100


def log_page(places: Places, entries: Sequence[Entry], first: int, most: int) -> Managing:
    """`entries`: all that are kept, the newest first; `first`: how many of them are skipped.

    `most`: how many are kept.
    """
    shown = entries[first : first + SHOWN]
    rows = [[Cell(f"{one.at:%Y-%m-%d %H:%M:%S}"), Cell(one.by), Cell(one.sentence)] for one in shown]
    table = Table(
        "Changes", [Column("When (UTC)"), Column("Who"), Column("What")], rows, "Nothing was changed yet."
    )
    ways = []
    if first:
        ways.append(Way("Newer", places.to("log", first=str(max(0, first - SHOWN) or "")), "quiet"))
    if len(entries) > first + SHOWN:
        ways.append(Way("Older", places.to("log", first=str(first + SHOWN)), "quiet"))
    note = f"with the commands, over HTTP and here; the last {number(most)}"
    return Managing(places.tabs("log"), [Section("What was changed", note, table=table, ways=ways)])
