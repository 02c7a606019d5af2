"""Counts summaries of events: each in one script call, which does nothing the second time.

No summary is kept waiting here. The client has it on its disk and sends it again, so what the store does not
take within the budget is answered as pending, and needs neither memory nor a last commit at the end.
"""

import asyncio
import logging
from collections.abc import Iterator
from hashlib import blake2b

from redis.exceptions import RedisError

from telemetry_counter.counting.clock import SECONDS_A_DAY, UtcDay, expires_at
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.events.summary import Summary
from telemetry_counter.store.calls import foreign_keys
from telemetry_counter.store.committing.script_calls import NO_REPLICAS, Replicas, Reply, ScriptCalls
from telemetry_counter.store.committing.scripts import Argument, Limits
from telemetry_counter.store.complaints import Complaint
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import Keys

log = logging.getLogger("telemetry_counter.events")

PERIOD_SECONDS = 10 * SECONDS_A_DAY
"""A batch is remembered for at least one period and at most two: a client repeats it for eight days."""

BUCKETS = 16_384
"""The store keeps up to 512 integers in 8 bytes each: 800,000 summaries of an admin a day are so kept."""

AT_ONCE = 8
"""Commits on their way, each with a connection of its own."""

RETRY_SECONDS = 0.05


class EventBatches:
    def __init__(
        self,
        client: Client,
        keys: Keys,
        limits: Limits,
        clock: UtcDay,
        *,
        budget_seconds: float,
        replicas: Replicas = NO_REPLICAS,
    ) -> None:
        self._script = ScriptCalls(client, "event_batch", replicas)
        self._keys = keys
        self._limits = limits
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._places = asyncio.Semaphore(AT_ONCE)
        self._left = Complaint(log, "%(hits)d events are left with their clients, who send again: %(why)s")
        self._foreign = Complaint(log, "The store holds something that is not ours: %(why)s")

    async def commit(self, summary: Summary, device: bytes, refusal: Reason | None = None) -> bytes:
        """The outcome: counted means that it is in the store, by this call or an earlier one.

        `device` is its hash, b'' for none; `refusal` is counted beside the events, once like them.
        """
        failures: list[Exception] = []
        try:
            async with asyncio.timeout(self._budget_seconds), self._places:
                return await self._persist(summary, device, refusal, failures)
        except TimeoutError:
            self._left.say(summary.count, failures[-1] if failures else "the store is slow")
            return PENDING

    async def _persist(
        self, summary: Summary, device: bytes, refusal: Reason | None, failures: list[Exception]
    ) -> bytes:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._budget_seconds
        while True:
            try:
                return self._read(summary, await self._run(summary, device, refusal))
            except RedisError as error:
                self._left.say(summary.count, error)
                return DROPPED[Reason.STORE_UNAVAILABLE]
            except Exception as error:  # a client whose connection breaks fails in many ways, uvloop's too
                failures.append(error)
                # A client that is just breaking off a connection may swallow the timeout around this.
                if loop.time() >= deadline:
                    raise TimeoutError from error
                await asyncio.sleep(RETRY_SECONDS)

    def _read(self, summary: Summary, reply: Reply) -> bytes:
        words, is_kept = reply
        said, *foreign = [word.decode("utf-8", "replace") for word in words]
        if foreign:
            self._foreign.say(0, ", ".join(foreign[:5]))
        if said == "foreign":
            return DROPPED[Reason.STORE_UNAVAILABLE]
        return COUNTED if is_kept else PENDING

    async def _run(self, summary: Summary, device: bytes, refusal: Reason | None) -> Reply:
        """Calls event_batch.lua, which describes the arguments."""
        keys, limits, today = self._keys.admin(summary.owner), self._limits, self._clock.today()
        period, mark = int(self._clock.now() // PERIOD_SECONDS), fingerprint(summary)
        sets = [keys.event_batches(one, mark % BUCKETS) for one in (period, period - 1)]
        arguments: list[Argument] = [
            *sets,
            mark,
            (period + 2) * PERIOD_SECONDS,
            keys.app_day(summary.day, summary.app_name),
            expires_at(summary.day, limits.retention_days),
            device,
            limits.value_cap,
            limits.cell_cap,
            keys.counters(today, summary.app_name) if refusal else "",
            expires_at(today, limits.retention_days),
            refusal or "",
            *(summary.channel, summary.platform, summary.arch, summary.version),
            summary.count,
            len(summary.events),
            *_event_arguments(summary),
        ]
        with store_errors(), foreign_keys():
            return await self._script.call(len(sets), arguments)


def fingerprint(summary: Summary) -> int:
    """64 bits with a sign, as sets of integers are kept: of the app and the id."""
    hashed = blake2b(f"{summary.app_name}|{summary.batch_id}".encode(), digest_size=8)
    return int.from_bytes(hashed.digest(), "big", signed=True)


def _event_arguments(summary: Summary) -> Iterator[str | int]:
    for event in summary.events:
        yield from (event.name, event.count, len(event.properties))
        for name, values in event.properties.items():
            yield from (name, len(values))
            for value, count in values.items():
                yield from (value, count)
