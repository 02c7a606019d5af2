"""An admin's figures on both sides of a move."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telemetry_counter.moving.records import Row


@dataclass(frozen=True, slots=True)
class Compared:
    before: Row
    after: int

    @property
    def is_same(self) -> bool:
        return self.before.value == self.after


def compare(before: Iterable[Row], after: Iterable[Row]) -> list[Compared]:
    """Figures that both sides have: days that expired on the way have none any more."""
    found = {(row.what, row.first, row.last): row.value for row in after}
    return [
        Compared(row, found[row.what, row.first, row.last])
        for row in before
        if (row.what, row.first, row.last) in found
    ]


def unchanged(before: Iterable[Row], after: Sequence[Row]) -> list[Row]:
    """What can be held against the importing side: a service that runs counts on meanwhile."""
    known = set(before)
    return [row for row in after if row in known]
