"""Group commit: hits gather while the batch before them is on its way, then go as one.

Every route counts here. A hit waits for the batch that carries it, for at most the budget; a batch
that the store did not take is kept, in order, until it does. Numbered batches make a retry after a
lost reply harmless.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from time import perf_counter

from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.metrics.tallies import Commits
from telemetry_counter.store.committing.pending import Lane, PendingBatch, left_out
from telemetry_counter.store.committing.scripts import CommitRefused, Unwritten
from telemetry_counter.store.complaints import Complaint

log = logging.getLogger("telemetry_counter.committer")

Send = Callable[[Batch], Awaitable[list[Unwritten]]]
"""Commits one batch. Raises StoreUnavailable when it may be tried again, CommitRefused when it may not."""

RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)


BUSY_HITS, ENOUGH_HITS = 20, 48
GATHER_SECONDS = 0.003
"""A commit of few checks costs nearly as much as one of many, so while many come, commits begin at least this
long apart, unless enough are waiting. Where few come, nobody waits; nor do page views, whose commits cost by
the value."""


class Committer:
    """Takes hits and refusals from the routes, and commits them in the background."""

    def __init__(
        self,
        send: Send,
        clock: UtcDay,
        *,
        budget_seconds: float,
        buffer_bytes: int,
        tally: Commits | None = None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._buffer_bytes = buffer_bytes
        self._tally = tally or Commits()
        self._on_their_way: set[PendingBatch] = set()
        self._used_bytes = 0
        self._stuck_lanes = 0
        self._lanes: dict[str, Lane] = {}
        self._kept = Complaint(log, "Hits are kept until the store takes them: %(why)s")
        self._overflowed = Complaint(
            log, "%(hits)d hits were dropped: the store is away and the buffer is full."
        )
        self._refused = Complaint(log, "%(hits)d hits could not be counted: %(why)s")

    def count(self, cell: Cell, device: bytes) -> PendingBatch | None:
        """Adds a hit to the open batch, whose `outcome` is to be awaited; None if there is no room for it."""
        if self._used_bytes >= self._buffer_bytes:
            self._overflow(cell.owner, cell.app)
            return None
        batch = self._open(cell.owner)
        self._used_bytes += batch.add(cell, device)
        if batch.hits == ENOUGH_HITS:
            batch.ripen()
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
        self._overflowed.say(1)

    @property
    def buffered_bytes(self) -> int:
        return self._used_bytes

    @property
    def buffered_hits(self) -> int:
        waiting = sum(batch.hits for lane in self._lanes.values() for batch in lane.waiting)
        return waiting + sum(batch.hits for batch in self._on_their_way)

    @property
    def is_stuck(self) -> bool:
        """Whether the store did not take a commit, which is tried again and again."""
        return self._stuck_lanes > 0

    async def drain(self, timeout_seconds: float) -> int:
        """Commits everything taken. Returns the hits given up after the timeout, also logged."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for complaint in (self._overflowed, self._refused):
            complaint.close()
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
                await gather_more(lane)
                await self._commit(lane, lane.waiting.popleft())
        finally:
            lane.task = None

    async def _commit(self, lane: Lane, batch: PendingBatch) -> None:
        committed, begun = 0, perf_counter()
        self._on_their_way.add(batch)
        part: Batch = batch
        parts = batch.split()
        try:
            for part in parts:
                lane.number += 1
                part.number = lane.number
                unwritten = await self._persist(part)
                if unwritten:
                    self._leave_out(lane, batch, part, unwritten)
                committed += sum(one.requests for one in part.cells.values())
            batch.settle(COUNTED)
            self._tally.committed(batch.hits, perf_counter() - begun)
        except asyncio.CancelledError:
            batch.settle(PENDING)
            batch.hits -= committed
            lane.waiting.appendleft(batch)
            raise
        except Exception as error:  # whatever it is, the batches after this one must go on
            self._give_up(lane, batch, [part, *parts], error)
        finally:
            self._on_their_way.discard(batch)
        self._used_bytes -= batch.size_bytes

    async def _persist(self, part: Batch) -> list[Unwritten]:
        """One commit, tried until the store takes it."""
        try:
            return await self._send(part)
        except StoreUnavailable:
            self._tally.failures += 1  # and not said: a connection may have been lost while idle
        self._stuck_lanes += 1
        try:
            return await self._persist_late(part)
        finally:
            self._stuck_lanes -= 1
            self._kept.mended()

    async def _persist_late(self, part: Batch) -> list[Unwritten]:
        for pause_seconds in pauses():
            await asyncio.sleep(pause_seconds)
            try:
                return await self._send(part)
            except StoreUnavailable as error:
                self._tally.failures += 1
                self._kept.say(0, error)
        raise AssertionError("pauses() does not end")

    def _leave_out(self, lane: Lane, batch: PendingBatch, part: Batch, unwritten: list[Unwritten]) -> None:
        failed = left_out(part, unwritten)
        batch.failed |= failed
        hits = part.hits_by_app(failed)
        names = ", ".join(f"{one.kind} {one.name}" for one in unwritten[:5])
        self._refused.say(sum(hits.values()), f"the store holds something that is not ours: {names}")
        self._refuse_late(lane, batch, hits)

    def _give_up(self, lane: Lane, batch: PendingBatch, parts: list[Batch], error: Exception) -> None:
        hits: Counter[str] = Counter()
        for part in parts:
            hits.update(part.hits_by_app())
        self._refused.say(hits.total(), error if isinstance(error, CommitRefused) else repr(error))
        self._refuse_late(lane, batch, hits)
        batch.settle(DROPPED[Reason.STORE_UNAVAILABLE])

    def _refuse_late(self, lane: Lane, batch: PendingBatch, hits: Mapping[str, int]) -> None:
        """Counts as refused, on the day they came, hits that were taken and then not counted."""
        if hits:
            refusals = PendingBatch(batch.admin, batch.day, self._budget_seconds)
            for app, number in hits.items():
                refusals.refuse(app, Reason.STORE_UNAVAILABLE, number)
            lane.waiting.appendleft(refusals)


def pauses() -> Iterator[float]:
    yield from RETRY_SECONDS
    while True:
        yield RETRY_SECONDS[-1]


async def gather_more(lane: Lane) -> None:
    loop = asyncio.get_running_loop()
    pause_seconds = lane.began + GATHER_SECONDS - loop.time()
    batch = lane.waiting[0]
    is_busy = lane.last_hits >= BUSY_HITS and not batch.values
    if is_busy and pause_seconds > 0 and batch.hits < ENOUGH_HITS:
        batch.ripe = loop.create_future()
        timer = loop.call_later(pause_seconds, batch.ripen)
        await batch.ripe
        timer.cancel()
    lane.began, lane.last_hits = loop.time(), batch.hits
