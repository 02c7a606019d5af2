"""How many wrong tokens a network may try: counted in this process, in memory of a fixed size."""

import time
from collections.abc import Callable

from limits import parse
from limits.strategies import FixedWindowRateLimiter

from telemetry_counter.pages.addresses import Address, network_of
from telemetry_counter.pages.rate_limits import Slots

MOST = parse("5/minute")
WAIT_SECONDS = 60
SLOTS = 1 << 12
"""Networks told apart; what guesses from more of them still faces a token of 178 random bits."""


class WrongTokens:
    """While a network waits, right tokens are refused like wrong ones: they tell a guesser nothing."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._limiter = FixedWindowRateLimiter(Slots(now, SLOTS))

    def must_wait(self, address: Address) -> bool:
        return not self._limiter.test(MOST, network_of(address).hex())

    def note(self, address: Address) -> None:
        """One more."""
        self._limiter.hit(MOST, network_of(address).hex())
