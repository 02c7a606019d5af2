"""How many hits an address may send a site: counted in this process, in memory of a fixed size."""

import math
import time
from collections.abc import Callable

from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter

from telemetry_counter.counting.slots import Slots

OFF = "off"
SLOTS = 1 << 18
"""Counters (3 MB), whatever the number of addresses. Two may share one, by chance and not by choice: the
places are drawn anew with every start."""


class RateLimit:
    """`text` as in '120/minute', or 'off'. Raises ValueError."""

    def __init__(self, text: str, now: Callable[[], float] = time.time) -> None:
        self._item: RateLimitItem | None = None if text.lower() == OFF else parse(text)
        window = self._item.get_expiry() if self._item else math.inf
        self._limiter = FixedWindowRateLimiter(Slots(now, SLOTS, window=window))

    def allows(self, admin: str, site: str, household: bytes) -> bool:
        """Counts one more. `household` is the address, or as much of it as belongs to one household."""
        return self._item is None or self._limiter.hit(self._item, f"{admin}/{site}/{household.hex()}")
