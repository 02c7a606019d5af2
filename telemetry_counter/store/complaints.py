"""Log lines about a store that fails: at most one a minute of each kind, which speaks for all hits since.

Where the store was well in between, the next comes sooner.
"""

import asyncio
import logging

INTERVAL_SECONDS = 60.0
RELAPSE_SECONDS = 5.0
"""At least so far apart are lines of one kind, however often it is mended and fails again."""


class Complaint:
    """`text` may take %(why)s, and %(hits)d: the sum since the line before it."""

    def __init__(self, log: logging.Logger, text: str) -> None:
        self._log = log
        self._text = text
        self._hits = 0
        self._why = ""
        self._spoke_at = 0.0
        self._silence: asyncio.TimerHandle | None = None

    def say(self, hits: int, why: object = "") -> bool:
        """Returns whether it was logged at once."""
        self._hits += hits
        self._why = str(why)
        if self._silence is not None:
            return False
        self._speak()
        loop = asyncio.get_running_loop()
        self._spoke_at = loop.time()
        self._silence = loop.call_at(self._spoke_at + INTERVAL_SECONDS, self._wake)
        return True

    def mended(self) -> None:
        """The next failure is news again."""
        if self._silence is not None:
            self._silence.cancel()
            loop = asyncio.get_running_loop()
            self._silence = loop.call_at(self._spoke_at + RELAPSE_SECONDS, self._wake)

    def close(self) -> None:
        """Says what is left to say."""
        if self._silence is not None:
            self._silence.cancel()
            self._wake()

    def _wake(self) -> None:
        self._silence = None
        if self._hits:
            self._speak()

    def _speak(self) -> None:
        hits = {"hits": self._hits} if "%(hits)" in self._text else {}
        self._log.error(self._text, {**hits, "why": self._why})
        self._hits = 0
