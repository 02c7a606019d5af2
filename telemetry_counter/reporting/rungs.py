"""Where a day's cells stand among the releases that are for them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from telemetry_counter.counting.names import OTHER
from telemetry_counter.releases.offers import Request
from telemetry_counter.releases.versions import VersionKey, version_key
from telemetry_counter.reporting.cells import Cell
from telemetry_counter.reporting.milestones import Milestone
from telemetry_counter.reporting.slices import Slice


class Rung(NamedTuple):
    """So many releases behind, on the milestone of that number or between it and the next."""

    behind: int
    number: int


OLDEST = Rung(0, -1)
"""Below all releases that are for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The milestones that are for a platform and arch, ascending, and a rung for each."""

    numbers: frozenset[int]
    keys: tuple[VersionKey, ...]
    rungs: tuple[Rung, ...]

    def rung(self, version: str) -> Rung:
        place = 0 if version == OTHER else bisect_right(self.keys, version_key(version))
        return self.rungs[place - 1] if place else OLDEST


@dataclass(frozen=True, slots=True)
class Audience:
    """Milestones, by number, that are for the same cells.

    `bands` are fields of those cells' sketches: below all of the milestones, then from each to the next.
    """

    numbers: Sequence[int]
    bands: Sequence[list[str]]


class Ladder:
    """All that is followed, and each platform's and arch's line of it. Cells without a line are left out:
    nothing is published for them."""

    def __init__(self, releases: Sequence[Milestone], channel: str) -> None:
        self._releases = releases
        self._channel = channel
        every = [release for milestone in releases for release in milestone.releases]
        self._platforms = {"", *(release.platform for release in every)}
        self._archs = {"", *(release.arch for release in every)}
        self._lines: dict[tuple[str, str], Line | None] = {}
        self._alike: dict[tuple[Rung, ...], Line] = {}

    def left_out(self, part: Slice) -> list[Cell]:
        return [cell for cell in part.cells if self._line(cell) is None]

    def audiences(self, part: Slice) -> list[Audience]:
        """Of each milestone that is for any of the cells."""
        by_line = self._by_line(part)
        found: dict[tuple[Line, ...], list[int]] = {}
        for number in range(len(self._releases)):
            audience = tuple(line for line in by_line if number in line.numbers)
            if audience:
                found.setdefault(audience, []).append(number)
        return [
            Audience(
                numbers, self._bands(part, numbers, chain.from_iterable(map(by_line.__getitem__, lines)))
            )
            for lines, numbers in found.items()
        ]

    def rungs(self, part: Slice) -> dict[Rung, list[str]]:
        """Fields of the sketches of each rung that a cell is on."""
        found: dict[Rung, list[Cell]] = {}
        for line, cells in self._by_line(part).items():
            for cell in cells:
                found.setdefault(line.rung(cell.version), []).append(cell)
        return {rung: part.cover(cells) for rung, cells in found.items()}

    def order(self, found: Iterable[Rung]) -> list[Rung]:
        """Those rungs, a milestone's own where nobody is on it, and OLDEST; the newest last."""
        rungs = set(found) - {OLDEST}
        taken = {rung.number for rung in rungs}
        own = self._make_line(Request(self._channel, "", ""))
        if own:
            rungs |= {rung for rung in own.rungs if rung.number not in taken}
        return [OLDEST, *sorted(rungs, key=lambda rung: (-rung.behind, rung.number))]

    def _bands(self, part: Slice, numbers: Sequence[int], cells: Iterable[Cell]) -> list[list[str]]:
        keys = [self._releases[number].key for number in numbers]
        bands: list[list[Cell]] = [[] for _ in range(len(keys) + 1)]
        for cell in cells:
            bands[0 if cell.version == OTHER else bisect_right(keys, version_key(cell.version))].append(cell)
        return [part.cover(of_band) for of_band in bands]

    def _by_line(self, part: Slice) -> dict[Line, list[Cell]]:
        found: dict[Line, list[Cell]] = {}
        for cell in part.cells:
            if line := self._line(cell):
                found.setdefault(line, []).append(cell)
        return found

    def _line(self, cell: Cell) -> Line | None:
        # What no release names is all one: clients make up as many as they like.
        place = (
            cell.platform if cell.platform in self._platforms else OTHER,
            cell.arch if cell.arch in self._archs else OTHER,
        )
        if place not in self._lines:
            line = self._make_line(Request(self._channel, *place))
            # One for all places that are alike, so that cells are grouped by few.
            self._lines[place] = line and self._alike.setdefault(line.rungs, line)
        return self._lines[place]

    def _make_line(self, place: Request) -> Line | None:
        """Where nothing at all is published, everyone is below it."""
        numbers = [number for number, release in enumerate(self._releases) if release.is_for(place)]
        if self._releases and not numbers:
            return None
        rungs, behind = [], 0
        for number in reversed(numbers):
            rungs.append(Rung(behind, number))
            behind += self._releases[number].is_out_for(place)
        keys = tuple(self._releases[number].key for number in numbers)
        return Line(frozenset(numbers), keys, tuple(reversed(rungs)))
