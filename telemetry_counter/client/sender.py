"""Sends finished days: each under the id it has on disk, and off the disk once no other attempt is needed."""

import json
from collections.abc import Callable

from telemetry_counter.client.installation import Installation
from telemetry_counter.client.ledger import Batch
from telemetry_counter.client.ledger_file import LedgerFile
from telemetry_counter.client.program import Program
from telemetry_counter.client.wire import Answer, Unreachable, exchange

PATH = "/telemetry/events"

# Client errors that say "later", not "never".
_LATER = frozenset({408, 425, 429})
_LATER_REASONS = ("rate_limited", "store_unavailable")


class Sender:
    __slots__ = ("_allowed", "_installation", "_ledger", "_program")

    def __init__(
        self, program: Program, ledger: LedgerFile, installation: Installation, allowed: Callable[[], bool]
    ) -> None:
        self._program = program
        self._ledger = ledger
        self._installation = installation
        self._allowed = allowed

    def deliver(self, now: float) -> None:
        """One attempt for every finished day, if it is time for one."""
        for batch in self._ledger.claim(self._program, now):
            # Asked each time: the user may have said no in another terminal meanwhile.
            if not self._allowed() or not self._deliver(batch):
                return

    def _deliver(self, batch: Batch) -> bool:
        """Whether the service can be reached, so that the next batch is worth trying."""
        headers = {"X-Device-ID": self._installation.device_id(), "Content-Type": "application/json"}
        try:
            answer = exchange(self._program.url(PATH), headers, encode(batch))
        except Unreachable as error:
            self._ledger.keep(str(error))
            return False
        if is_final(answer):
            self._ledger.settle(batch.id)
        else:
            self._ledger.keep(f"the service answered {answer.status} {answer.outcome}".strip())
        return True


def encode(batch: Batch) -> bytes:
    return json.dumps(batch.body(), separators=(",", ":")).encode()


def is_final(answer: Answer) -> bool:
    """Whether the batch is counted, or refused for good; otherwise it is sent again, under the same id."""
    if 400 <= answer.status < 500:
        return answer.status not in _LATER
    # A hotel's login page answers 200 as well, but without the header.
    if not 200 <= answer.status < 300 or not answer.outcome:
        return False
    return answer.outcome != "pending" and not answer.outcome.endswith(_LATER_REASONS)


def shown(program: Program, batch: Batch, device: str) -> str:
    """The request as a person can read it."""
    head = f"POST {program.url(PATH)}\nX-Device-ID: {device or '(made before the first one is sent)'}\n"
    return head + json.dumps(batch.body(), indent=2)
