"""How often something took how long, or was how large: plain numbers, cheap enough for every commit."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import msgspec


class Histogram(msgspec.Struct):
    """`counts[n]` are the values up to `bounds[n]` and above the bound before; the last, all above."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> Iterator[tuple[str, int]]:
        """As Prometheus has them: of each bound, the values up to it."""
        names = (*map(str, self.bounds), "+Inf")
        return zip(names, accumulate(self.counts), strict=True)

    def add(self, other: "Histogram") -> None:
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total


def over(bounds: tuple[float, ...]) -> Histogram:
    return Histogram(bounds, [0] * (len(bounds) + 1))
