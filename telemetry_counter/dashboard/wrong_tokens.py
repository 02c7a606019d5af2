"""How many wrong tokens a network may try: counted by all workers together, in memory of a fixed size."""

import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from limits import parse
from limits.strategies import FixedWindowRateLimiter

from telemetry_counter.counting.slots import Slots
from telemetry_counter.pages.addresses import Address, network_of

MOST = parse("5/minute")
WAIT_SECONDS = 60
SLOTS = 1 << 12
"""Networks told apart; what guesses from more of them still faces a token of 178 random bits."""

FILE = "wrong-tokens"


class WrongTokens:
    """While a network waits, right tokens are refused like wrong ones: they tell a guesser nothing.

    `directory` is the workers' own. What lies there are counts and times; `key` keeps anybody from choosing
    networks that share a place with somebody else's.
    """

    def __init__(
        self, key: bytes, directory: Path | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._key = key
        file = directory / FILE if directory else None
        self._limiter = FixedWindowRateLimiter(Slots(now, SLOTS, file, window=MOST.get_expiry()))

    def must_wait(self, address: Address) -> bool:
        return not self._limiter.test(MOST, self._network(address))

    def note(self, address: Address) -> None:
        """One more."""
        self._limiter.hit(MOST, self._network(address))

    def _network(self, address: Address) -> str:
        return blake2b(network_of(address), key=self._key, digest_size=16).hexdigest()
