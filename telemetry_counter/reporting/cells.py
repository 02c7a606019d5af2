"""Cells as the store names them, and how few sketches a set of them can be united from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

ALL = "all"
ENOUGH = 1
"""Sketches a union has to have for a smaller cover to be looked for."""

REMEMBERED_CELLS = 65_536
"""About what 30 apps with full days hold; one costs some 600 bytes of memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One combination; an empty value was not stated.

    `sketch` is the field of its own sketch; `marginals` are those of its version, channel, platform and
    arch, '' where the value is empty.
    """

    sketch: str
    channel: str
    platform: str
    arch: str
    version: str
    state: str
    marginals: tuple[str, str, str, str]


@lru_cache(maxsize=REMEMBERED_CELLS)
def parse_cell(stored: bytes) -> Cell:
    """`stored` is a field of the cells' hash: 'channel,platform,arch,version,state'."""
    text = stored.decode()
    channel, platform, arch, version, state = text.split(",")
    marginals = (
        version and f"v:{version}",
        channel and f"c:{channel}",
        platform and f"p:{platform}",
        arch and f"a:{arch}",
    )
    return Cell("x:" + text, channel, platform, arch, version, state, marginals)


class CellSet:
    """All cells of one app and day."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells

    @cached_property
    def _sizes(self) -> tuple[Counter[str], ...]:
        """How many cells each value has, by dimension."""
        return tuple(_sizes_of(self.cells, dimension) for dimension in range(4))

    def cover(self, wanted: Sequence[Cell]) -> list[str]:
        """Fields of sketches whose union is that of the wanted cells, few of them.

        A value all of whose cells are wanted stands for them; the rest stand for themselves.
        """
        if len(wanted) == len(self.cells):
            return [ALL] if wanted else []
        best = [cell.sketch for cell in wanted]
        for dimension, sizes in enumerate(self._sizes):
            if len(best) <= ENOUGH:
                break
            parts = _sizes_of(wanted, dimension)
            whole = {value for value, count in parts.items() if value and count == sizes[value]}
            if len(whole) + sum(count for value, count in parts.items() if value not in whole) < len(best):
                rest = [cell.sketch for cell in wanted if cell.marginals[dimension] not in whole]
                best = [*sorted(whole), *rest]
        return best


def _sizes_of(cells: Sequence[Cell], dimension: int) -> Counter[str]:
    return Counter([cell.marginals[dimension] for cell in cells])
