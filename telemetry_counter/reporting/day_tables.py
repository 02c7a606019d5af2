"""One app's day as the store keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telemetry_counter.reporting.cells import ALL, Cell, parse_cell
from telemetry_counter.reporting.selection import Filters
from telemetry_counter.reporting.slices import Fields, Slice, slice_of

DIMENSIONS = ("v:", "c:", "p:", "a:")


@dataclass(frozen=True, slots=True)
class DayTable:
    """`counters`: field -> number. `checks`: accepted ones by cell, in digits."""

    counters: Mapping[str, int]
    checks: Mapping[Cell, bytes]

    @classmethod
    def read(cls, counters: Mapping[bytes, bytes], cells: Mapping[bytes, bytes]) -> "DayTable":
        return cls(
            {field.decode(): int(number) for field, number in counters.items()},
            {parse_cell(field): number for field, number in cells.items()},
        )

    def under(self, prefix: str) -> dict[str, int]:
        """The counters whose field begins so, by the rest of the field."""
        cut = len(prefix)
        return {field[cut:]: n for field, n in self.counters.items() if field.startswith(prefix)}

    def slice(self, filters: Filters) -> Slice:
        return slice_of(tuple(self.checks), filters)

    def requests(self, part: Slice) -> int:
        """Accepted checks in the cells of that part."""
        if part.is_whole:
            return self.counters.get(ALL, 0)
        return self.requests_of(part.cells)

    def requests_of(self, cells: Iterable[Cell]) -> int:
        return sum(int(self.checks[cell]) for cell in cells)

    def values(self, part: Slice) -> Fields:
        """Of all devices of that part and of those of each value."""
        if not part.is_whole:
            return part.values
        return {field: [field] for field in self.counters if field == ALL or field.startswith(DIMENSIONS)}
