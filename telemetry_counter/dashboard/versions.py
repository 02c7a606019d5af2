"""Versions of an app: by day, in a table, and by platform."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Key, Table
from telemetry_counter.dashboard.scales import share
from telemetry_counter.dashboard.small_charts import share_bar
from telemetry_counter.dashboard.wording import NONE, age, counted, day, number, percent, short_day
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import sort_versions
from telemetry_counter.reporting.spread import Spread

Row = Mapping[str, Any]
TONES = tuple(f"s{number}" for number in range(7))
LATEST_DAYS, LEADING = 3, 2
RECENT_DAYS, RECENT = 31, 2
"""Versions that any range names: so a year has the newest of them, and in the colours of a month."""

TABLE_ROWS, MAX_ROWS = 10, 100
REST = "Other versions"
UNSTATED = "not stated"
NO_VERSION = "No version was seen on these days."
SO_FAR = "So far today"
HEAT_STEPS = 9


def by_day(rows: Sequence[Row], asked: Asked) -> Chart | None:
    """The versions with the most devices, the newest at the ground, and the rest on top of them."""
    if len(rows) < 2 or not any(row["usage"] for row in rows):
        return None
    days = [dt.date.fromisoformat(row["date"]) for row in rows]
    counts = [{one["version"]: one["client_count"] for one in row["usage"]} for row in rows]
    tones = _tones(counts)
    shown = sort_versions(tones)[::-1]
    stacks = [_stack(count, shown) for count in counts]
    slots = [
        Slot(short_day(date), _tip(date, stack, shown), asked.of_day(date))
        for date, stack in zip(days, stacks, strict=True)
    ]
    has_rest = any(stack[-1] for stack in stacks)
    description = f"Devices by version and day, {day(days[0])} to {day(days[-1])}"
    keys = [Key(version, tones[version]) for version in shown]
    legend = [*keys, Key(REST, "rest")] if has_rest else keys
    panel = Panel("Devices", stacks, [*(tones[version] for version in shown), "rest"], 220)
    table = _day_table(description, days, stacks, shown, asked)
    return Chart(columns(description, slots, [panel]), description, table, legend)


def _tones(counts: Sequence[Mapping[str, int]]) -> dict[str, str]:
    """Of the versions to name: first those that lead by now, then those with the most devices of all days."""
    leading = _most(counts[-LATEST_DAYS:])[:LEADING]
    recent = [version for version in _most(counts[-RECENT_DAYS:]) if version not in leading][:RECENT]
    now = [*leading, *recent]
    others = [version for version in _most(counts) if version not in now][: len(TONES) - len(now)]
    ordered = [*sort_versions(now)[::-1], *sort_versions(others)[::-1]]
    return dict(zip(ordered, TONES, strict=False))


def _most(counts: Sequence[Mapping[str, int]]) -> list[str]:
    """Versions by their devices over these days."""
    totals: Counter[str] = Counter()
    for count in counts:
        totals.update({version: devices for version, devices in count.items() if version != OTHER})
    return sorted(totals, key=lambda version: (-totals[version], version))


def _stack(count: Mapping[str, int], shown: Sequence[str]) -> list[int]:
    return [
        *(count.get(version, 0) for version in shown),
        sum(devices for version, devices in count.items() if version not in shown),
    ]


def _tip(date: dt.date, stack: Sequence[int], shown: Sequence[str]) -> str:
    named = zip((*shown, REST), stack, strict=True)
    parts = [f"{version}: {number(devices)}" for version, devices in named if devices]
    return f"{day(date)}: {', '.join(parts) or 'nothing'}"


def _day_table(
    caption: str, days: Sequence[dt.date], stacks: Sequence[Sequence[int]], shown: Sequence[str], asked: Asked
) -> Table:
    titles = [Column("Day"), *(Column(name, is_number=True) for name in (*shown, REST))]
    rows = [
        [Cell(day(date), asked.of_day(date)), *(Cell(number(devices)) for devices in stack)]
        for date, stack in zip(days, stacks, strict=True)
    ]
    return Table(caption, titles, rows[::-1])


@dataclass(frozen=True, slots=True)
class Day:
    """The last whole day of a range (or its only one): its devices, and those of each version.

    Today, which is not over, until a whole day of the range had a check.
    """

    day: dt.date
    devices: int
    versions: Mapping[str, int]
    is_open: bool = False


def last_day(report: Mapping[str, Any], today: dt.date) -> Day:
    """What everybody runs now is best seen on the last day that is over."""
    rows = list(zip(report["daily_stats"], report["daily_versions"], strict=True))
    whole = [pair for pair in rows if pair[0]["date"] < today.isoformat()]
    stats, versions = (whole if any(pair[0]["total_requests"] for pair in whole) else rows)[-1]
    counts = {one["version"]: one["client_count"] for one in versions["usage"]}
    date = dt.date.fromisoformat(stats["date"])
    return Day(date, stats["unique_clients"] or 0, counts, date >= today)


@dataclass(frozen=True, slots=True)
class Published:
    """`first` release of each version, and the newest version that is out."""

    first: Mapping[str, Release]
    newest: str


def usage_tables(usage: Sequence[Row], last: Day, published: Published, now: dt.datetime) -> list[Table]:
    """The versions in use, the most on the last day first, and what remains of them."""
    by_now = sorted(
        usage, key=lambda row: (-last.versions.get(row["version"], 0), -row["client_count"], row["version"])
    )
    most = max(last.versions.values(), default=0)
    rows = [_usage_row(row, last, most, published, now) for row in by_now[:MAX_ROWS]]
    titles = (
        Column("Version"),
        Column(SO_FAR if last.is_open else f"On {short_day(last.day)}", is_number=True),
        Column("Share of the day"),
        Column("In the range", is_number=True),
        Column("Released"),
    )
    tables = [Table("Versions, the most devices first", titles, rows[:TABLE_ROWS], NO_VERSION)]
    if len(rows) > TABLE_ROWS:
        tables.append(Table(counted(len(rows) - TABLE_ROWS, "more version"), titles, rows[TABLE_ROWS:]))
    return tables


def _usage_row(row: Row, last: Day, most: int, published: Published, now: dt.datetime) -> list[Cell]:
    version, count = row["version"], last.versions.get(row["version"], 0)
    release, is_newest = published.first.get(version), version == published.newest
    tag = "withdrawn" if release and release.withdrawn else "newest" if is_newest else ""
    return [
        Cell(version, tag=tag),
        Cell(percent(count, last.devices), note=number(count)),
        Cell("", drawing=share_bar(share(count, most), "s0" if is_newest else "s0-soft")),
        Cell(number(row["client_count"])),
        Cell(age(release.published, now)) if release else Cell(NONE),
    ]


def heat_table(spread: Spread, today: dt.date) -> Table:
    """Rows are platforms, columns versions; each cell is a share of its platform's devices."""
    has_rest = any(not version for _, version in spread.devices)
    versions = [*spread.versions, *([""] if has_rest else [])]
    titles = [
        Column("Platform"),
        *(Column(version or REST, is_number=True) for version in versions),
        Column("Devices", is_number=True),
    ]
    rows = [
        [
            Cell(platform or UNSTATED),
            *(_heat(spread, platform, version) for version in versions),
            Cell(number(spread.totals[platform])),
        ]
        for platform in spread.platforms
    ]
    when = SO_FAR.lower() if spread.day >= today else f"on {day(spread.day)}"
    return Table(
        f"Share of each platform's devices by version {when}", titles, rows, f"No checks came {when}."
    )


def _heat(spread: Spread, platform: str, version: str) -> Cell:
    devices, total = spread.devices.get((platform, version), 0), spread.totals[platform]
    if not devices:
        return Cell(NONE, heat=0)
    part = min(1.0, devices / total) if total else 0.0
    return Cell(percent(devices, total), heat=round(HEAT_STEPS * part), note="")
