"""Batches with hits that wait for them, in the order in which they are to be committed."""

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Sequence

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.outcomes import PENDING
from telemetry_counter.store.committing.scripts import Unwritten


class PendingBatch(Batch):
    """A batch with somebody waiting for it."""

    __slots__ = ("failed", "outcome", "ripe", "timer")

    def __init__(self, admin: str, day: dt.date, budget_seconds: float) -> None:
        super().__init__(admin, day)
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[bytes] = loop.create_future()
        self.failed: frozenset[str] = frozenset()
        """What was left out of a counted batch: keys of cells, and 'app:space' of values."""
        self.ripe: asyncio.Future[None] | None = None
        """Somebody who waits for more hits to come into it."""
        self.timer = loop.call_later(budget_seconds, self.settle, PENDING)

    def ripen(self) -> None:
        if self.ripe and not self.ripe.done():
            self.ripe.set_result(None)

    def settle(self, outcome: bytes) -> None:
        self.timer.cancel()
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Lane:
    """One admin's batches, oldest day first; hits go into the last. One commit is on its way at a time."""

    __slots__ = ("began", "last_hits", "number", "task", "waiting")

    def __init__(self) -> None:
        self.began = 0.0
        """When the last commit began, by the loop's clock."""
        self.last_hits = 0
        self.number = 0
        self.task: asyncio.Task[None] | None = None
        self.waiting: deque[PendingBatch] = deque()


def left_out(part: Batch, unwritten: Sequence[Unwritten]) -> frozenset[str]:
    """Keys of the cells and 'app:space' of the values that the script could not write."""
    apps = {one.name for one in unwritten if one.kind == "app"}
    names = {one.name for one in unwritten if one.kind in ("cell", "space")}
    return frozenset(names | {key for key, one in part.cells.items() if one.of.app in apps})
