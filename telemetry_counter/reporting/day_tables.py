"""One app's day as the store keeps it, and the sketches each of its figures is the union of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from telemetry_counter.reporting.cells import ALL, Cell, CellSet, parse_cell
from telemetry_counter.reporting.judgement import Judge
from telemetry_counter.reporting.selection import Filters

LATEST, KNOWN = "latest", "known"
"""Figures that are not one counter's: devices of the latest cells, and of those that can be judged."""

DIMENSIONS = ("v:", "c:", "p:", "a:")

Fields = dict[str, list[str]]
"""For each figure the fields of the sketches it is the union of."""


@dataclass(frozen=True)
class DayTable:
    """`counters`: field -> number. `requests`: accepted checks by cell, in digits."""

    counters: Mapping[str, int]
    requests: Mapping[Cell, bytes]

    @classmethod
    def read(cls, counters: Mapping[bytes, bytes], cells: Mapping[bytes, bytes]) -> "DayTable":
        return cls(
            {field.decode(): int(number) for field, number in counters.items()},
            {parse_cell(field): number for field, number in cells.items()},
        )

    @cached_property
    def cells(self) -> CellSet:
        return CellSet(self.requests)

    def under(self, prefix: str) -> dict[str, int]:
        """The counters whose field begins so, by the rest of the field."""
        cut = len(prefix)
        return {field[cut:]: n for field, n in self.counters.items() if field.startswith(prefix)}

    def slice(self, filters: Filters) -> "Slice":
        if not filters:
            return Whole(self, self.cells.cells)
        take = filters.take
        return Slice(self, [c for c in self.cells.cells if take(c.channel, c.platform, c.arch)])


@dataclass(frozen=True, slots=True)
class Slice:
    """The cells of a day that a report is about."""

    table: DayTable
    cells: Sequence[Cell]

    def requests(self) -> int:
        return sum(int(self.table.requests[cell]) for cell in self.cells)

    def values(self) -> Fields:
        """Of all its devices and of those of each value."""
        groups: dict[str, list[Cell]] = {ALL: list(self.cells)} if self.cells else {}
        for cell in self.cells:
            for value in filter(None, cell.marginals):
                groups.setdefault(value, []).append(cell)
        return {figure: self.table.cells.cover(cells) for figure, cells in groups.items()}

    def judged(self, judge: Judge) -> Fields:
        known, latest = [], []
        for cell in self.cells:
            verdict = judge.verdict(cell)
            if verdict is not None:
                known.append(cell)
                if verdict:
                    latest.append(cell)
        cover = self.table.cells.cover
        return {LATEST: cover(latest), KNOWN: cover(known)}


class Whole(Slice):
    """All cells of a day: each value has a counter and a sketch of its own."""

    __slots__ = ()

    def requests(self) -> int:
        return self.table.counters.get(ALL, 0)

    def values(self) -> Fields:
        counters = self.table.counters
        return {field: [field] for field in counters if field == ALL or field.startswith(DIMENSIONS)}
