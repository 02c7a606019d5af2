"""Which versions each platform runs on one day: who lags behind."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telemetry_counter.counting.names import OTHER
from telemetry_counter.releases.versions import sort_versions
from telemetry_counter.reporting.cells import Cell
from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.reporting.selection import Filters
from telemetry_counter.reporting.slices import Slice

MAX_PLATFORMS, MAX_VERSIONS = 8, 4
"""What a table has room for; the versions with the most checks, the others together."""

Place = tuple[str, str]
"""A platform ('' where none was stated) and a version; '' for all versions that have no column."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Devices of one day; `versions` the newest first. `devices` lacks what no check came from."""

    day: dt.date
    platforms: Sequence[str]
    versions: Sequence[str]
    devices: Mapping[Place, int]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Spreading:
    """What is to be counted for it: the fields of the sketches to unite for each place and platform."""

    platforms: Sequence[str]
    versions: Sequence[str]
    places: Mapping[Place, list[str]]
    totals: Mapping[str, list[str]]


def spreading(table: DayTable, filters: Filters) -> Spreading:
    part = table.slice(filters)
    platforms = _most(table, part, [cell.platform for cell in part.cells], MAX_PLATFORMS)
    versions = _most(table, part, [cell.version for cell in part.cells], MAX_VERSIONS)
    places: dict[Place, list[Cell]] = {}
    totals: dict[str, list[Cell]] = {platform: [] for platform in platforms}
    for cell in part.cells:
        if cell.platform in totals:
            totals[cell.platform].append(cell)
            column = cell.version if cell.version in versions else ""
            places.setdefault((cell.platform, column), []).append(cell)
    return Spreading(
        platforms,
        _in_order(versions),
        {place: part.cover(cells) for place, cells in places.items()},
        {platform: part.cover(cells) for platform, cells in totals.items()},
    )


def _most(table: DayTable, part: Slice, values: Sequence[str], most: int) -> list[str]:
    """The values with the most checks, those first."""
    checks: Counter[str] = Counter()
    for cell, value in zip(part.cells, values, strict=True):
        checks[value] += int(table.checks[cell])
    return [value for value, _ in sorted(checks.items(), key=lambda one: (-one[1], one[0]))[:most]]


def _in_order(versions: Sequence[str]) -> list[str]:
    return sort_versions(set(versions) - {OTHER})[::-1] + [OTHER] * (OTHER in versions)
