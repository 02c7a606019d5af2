"""Log lines about a store that fails: one a minute of each kind, which speaks for all hits since."""

import asyncio
import logging

INTERVAL_SECONDS = 60.0


class Complaint:
    """`text` may take %(hits)d, of which none is left out of the sum, and %(why)s."""

    def __init__(self, log: logging.Logger, text: str) -> None:
        self._log = log
        self._text = text
        self._hits = 0
        self._why = ""
        self._silence: asyncio.TimerHandle | None = None

    def say(self, hits: int, why: object = "") -> bool:
        """Returns whether it was logged at once."""
        self._hits += hits
        self._why = str(why)
        if self._silence is not None:
            return False
        self._speak()
        self._silence = asyncio.get_running_loop().call_later(INTERVAL_SECONDS, self._wake)
        return True

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
        self._log.error(self._text, {"hits": self._hits, "why": self._why})
        self._hits = 0
