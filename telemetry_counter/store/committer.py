"""Group commit: hits gather while the batch before them is on its way, then go as one.

Every route counts here. A hit waits for the batch that carries it, for at most the budget; a batch
that the store did not take is kept, in order, until it does. Numbered batches make a retry after a
lost reply harmless.
"""

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator

from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.scripts import CommitRefused, Unwritten

log = logging.getLogger("telemetry_counter.committer")

Send = Callable[[Batch], Awaitable[list[Unwritten]]]
"""Commits one batch. Raises StoreUnavailable when it may be tried again, CommitRefused when it may not."""

LOG_INTERVAL_SECONDS = 60.0
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)


class PendingBatch(Batch):
    """A batch with somebody waiting for it."""

    __slots__ = ("failed", "outcome", "timer")

    def __init__(self, admin: str, day: dt.date, budget_seconds: float) -> None:
        super().__init__(admin, day)
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[bytes] = loop.create_future()
        self.failed: frozenset[str] = frozenset()
        self.timer = loop.call_later(budget_seconds, self.settle, PENDING)

    def settle(self, outcome: bytes) -> None:
        self.timer.cancel()
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Lane:
    """One admin's batches, oldest day first; hits go into the last. One commit is on its way at a time."""

    __slots__ = ("number", "task", "waiting")

    def __init__(self) -> None:
        self.number = 0
        self.task: asyncio.Task[None] | None = None
        self.waiting: deque[PendingBatch] = deque()


class Committer:
    """Takes hits and refusals from the routes, and commits them in the background."""

    def __init__(self, send: Send, clock: UtcDay, *, budget_seconds: float, buffer_bytes: int) -> None:
        self._send = send
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._buffer_bytes = buffer_bytes
        self._used_bytes = 0
        self._lanes: dict[str, Lane] = {}
        self._complaints = Complaints()

    def count(self, cell: Cell, device: bytes) -> PendingBatch | None:
        """Adds a hit to the open batch, whose `outcome` is to be awaited; None if there is no room for it."""
        if self._used_bytes >= self._buffer_bytes:
            self._overflow(cell.owner, cell.app)
            return None
        batch = self._open(cell.owner)
        self._used_bytes += batch.add(cell, device)
        return batch

    def count_values(
        self, admin: str, app: str, values: Iterable[Value], device: bytes, requests: int = 1
    ) -> PendingBatch | None:
        """The same for a hit that adds to values instead of a cell."""
        if self._used_bytes >= self._buffer_bytes:
            self._overflow(admin, app)
            return None
        batch = self._open(admin)
        self._used_bytes += batch.add_values(values, device, requests)
        return batch

    def refuse(self, admin: str, app: str, reason: Reason) -> None:
        """Counts a hit of a known app that was not counted; nobody waits for it."""
        self._open(admin).refuse(app, reason)

    def _overflow(self, admin: str, app: str) -> None:
        self.refuse(admin, app, Reason.STORE_UNAVAILABLE)
        self._complaints.overflow(1)

    @property
    def buffered_bytes(self) -> int:
        return self._used_bytes

    async def drain(self, timeout_seconds: float) -> int:
        """Commits everything taken. Returns the hits given up after the timeout, also logged."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        lost = sum(batch.hits for lane in self._lanes.values() for batch in lane.waiting)
        if lost:
            log.error("%d hits were given up: the store did not take them before the service stopped.", lost)
        return lost

    def _open(self, admin: str) -> PendingBatch:
        lane = self._lanes.get(admin)
        if lane is None:
            lane = self._lanes[admin] = Lane()
        day = self._clock.today()
        if lane.waiting and lane.waiting[-1].day == day:
            return lane.waiting[-1]
        batch = PendingBatch(admin, day, self._budget_seconds)
        lane.waiting.append(batch)
        if lane.task is None:
            lane.task = asyncio.get_running_loop().create_task(self._work_off(lane))
        return batch

    async def _work_off(self, lane: Lane) -> None:
        try:
            while lane.waiting:
                await self._commit(lane, lane.waiting.popleft())
        finally:
            lane.task = None

    async def _commit(self, lane: Lane, batch: PendingBatch) -> None:
        committed = 0
        try:
            unwritten: list[Unwritten] = []
            for part in batch.split():
                lane.number += 1
                part.number = lane.number
                unwritten += await self._persist(part)
                committed += sum(one.requests for one in part.cells.values())
            if unwritten:
                self._complaints.unwritten(unwritten)
                batch.failed = failed_cells(batch, unwritten)
            batch.settle(COUNTED)
            self._used_bytes -= batch.size_bytes
        except CommitRefused as error:
            log.error("%d hits could not be counted: %s", batch.hits - committed, error)
            batch.settle(DROPPED[Reason.STORE_UNAVAILABLE])
            self._used_bytes -= batch.size_bytes
        except asyncio.CancelledError:
            batch.settle(PENDING)
            batch.hits -= committed
            lane.waiting.appendleft(batch)
            raise

    async def _persist(self, part: Batch) -> list[Unwritten]:
        """One commit, tried until the store takes it."""
        for pause_seconds in pauses():
            try:
                return await self._send(part)
            except StoreUnavailable as error:
                self._complaints.unavailable(error)
                await asyncio.sleep(pause_seconds)
        raise AssertionError("pauses() does not end")


def pauses() -> Iterator[float]:
    yield from RETRY_SECONDS
    while True:
        yield RETRY_SECONDS[-1]


def failed_cells(batch: Batch, unwritten: list[Unwritten]) -> frozenset[str]:
    """Keys of the cells that were not counted, of those the script could not write."""
    apps = {failure.name for failure in unwritten if failure.kind == "app"}
    cells = {failure.name for failure in unwritten if failure.kind == "cell"}
    return frozenset(key for key, tally in batch.cells.items() if key in cells or tally.of.app in apps)


class Complaints:
    """Log lines about the store, at most one a minute of each kind, with what they stand for."""

    def __init__(self) -> None:
        self._dropped = 0
        self._silent_until: dict[str, float] = {}

    def overflow(self, hits: int) -> None:
        self._dropped += hits
        if self._may("overflow"):
            log.error("%d hits were dropped: the store is away and the buffer is full.", self._dropped)
            self._dropped = 0

    def unavailable(self, error: StoreUnavailable) -> None:
        if self._may("unavailable"):
            log.warning("Hits are kept until the store takes them again: %s", error)

    def unwritten(self, failures: list[Unwritten]) -> None:
        if self._may("unwritten"):
            names = ", ".join(f"{failure.kind} {failure.name}" for failure in failures[:5])
            log.error("A key in the store holds something that is not ours; not written: %s", names)

    def _may(self, kind: str) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._silent_until.get(kind, 0.0):
            return False
        self._silent_until[kind] = now + LOG_INTERVAL_SECONDS
        return True
