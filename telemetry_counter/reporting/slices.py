"""The part of a day's cells that a report is about, and the sketches each of its figures is united from."""

from collections.abc import Sequence
from functools import cached_property, lru_cache

from telemetry_counter.reporting.cells import ALL, Cell, CellSet
from telemetry_counter.reporting.judgement import Judge
from telemetry_counter.reporting.selection import Filters

LATEST, OUTDATED = "latest", "outdated"
"""Figures that are not one counter's: devices of the latest cells and of the outdated ones."""

REMEMBERED_SLICES = 256
"""A day's cells seldom change between two reports, so what was found out about them is kept."""

Fields = dict[str, list[str]]
"""For each figure the fields of the sketches it is the union of."""


class Slice:
    """Holds no numbers, so it is the same for every report of the same cells."""

    def __init__(self, every: CellSet, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self._every = every
        self.judged = lru_cache(maxsize=64)(self._judged)

    @property
    def is_whole(self) -> bool:
        return len(self.cells) == len(self._every.cells)

    def cover(self, cells: Sequence[Cell]) -> list[str]:
        """Fields of few sketches whose union is that of the cells."""
        return self._every.cover(cells)

    @cached_property
    def values(self) -> Fields:
        """Of all its devices and of those of each value."""
        groups: dict[str, list[Cell]] = {ALL: list(self.cells)}
        for cell in self.cells:
            for value in filter(None, cell.marginals):
                groups.setdefault(value, []).append(cell)
        return {figure: self._every.cover(cells) for figure, cells in groups.items()}

    def _judged(self, judge: Judge) -> Fields:
        judged: dict[bool | None, list[Cell]] = {True: [], False: [], None: []}
        for cell in self.cells:
            judged[judge.verdict(cell)].append(cell)
        return {LATEST: self._every.cover(judged[True]), OUTDATED: self._every.cover(judged[False])}


@lru_cache(maxsize=REMEMBERED_SLICES)
def slice_of(cells: tuple[Cell, ...], filters: Filters) -> Slice:
    every = CellSet(cells)
    if not filters:
        return Slice(every, cells)
    return Slice(every, [c for c in cells if filters.take(c.channel, c.platform, c.arch)])
