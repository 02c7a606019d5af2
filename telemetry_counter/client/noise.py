"""Noise on counts, for programs that want the exact number to stay on the machine.

Two-sided geometric noise (the discrete Laplace distribution): P(noise = k) = (1 - a) / (1 + a) * a**abs(k)
with a = exp(-epsilon); mean 0, variance 2a / (1 - a)**2. A count never goes below 1, as what did not happen
is not in the summary: the noise hides how often something happened, not that it did.
"""

import math
import random
from collections.abc import Callable

from telemetry_counter.client.summary import MAX_COUNT, Summary


def add_noise(summary: Summary, epsilon: float, uniform: Callable[[], float] | None = None) -> None:
    """Changes every count in place, each by noise of its own; `uniform` draws from [0, 1)."""
    draw = uniform or random.SystemRandom().random
    for tally in summary.events.values():
        tally.count = _noisy(tally.count, epsilon, draw)
        for values in tally.properties.values():
            values.update({value: _noisy(count, epsilon, draw) for value, count in values.items()})


def two_sided_geometric(epsilon: float, uniform: Callable[[], float]) -> int:
    """The difference of two geometric draws has exactly this distribution."""
    return _geometric(epsilon, uniform()) - _geometric(epsilon, uniform())


def _geometric(epsilon: float, drawn: float) -> int:
    return math.floor(math.log(1.0 - drawn) / -epsilon)


def _noisy(count: int, epsilon: float, draw: Callable[[], float]) -> int:
    return min(MAX_COUNT, max(1, count + two_sided_geometric(epsilon, draw)))
