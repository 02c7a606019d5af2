"""Counts summaries of events: each in one script call, which does nothing the second time.

No summary is kept waiting here. The client has it on its disk and sends it again, so what the store does not
take within the budget is answered as pending, and needs neither memory nor a last commit at the end.
"""

import asyncio
import logging
from collections.abc import Iterator
from hashlib import blake2b
from typing import cast

from redis.exceptions import NoScriptError, RedisError

from telemetry_counter.counting.clock import SECONDS_A_DAY, UtcDay, expires_at
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.events.summary import Summary
from telemetry_counter.store.complaints import Complaint
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.scripts import Argument, Limits
from telemetry_counter.store.unions import script

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
        self, client: Client, keys: Keys, limits: Limits, clock: UtcDay, *, budget_seconds: float
    ) -> None:
        self._client = client
        self._keys = keys
        self._limits = limits
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._places = asyncio.Semaphore(AT_ONCE)
        self._script, self._sha = script("event_batch")
        self._refused = Complaint(log, "%(hits)d events, or devices of events, could not be counted: %(why)s")

    async def commit(self, summary: Summary, device: bytes, refusal: Reason | None = None) -> bytes:
        """The outcome: counted means that it is in the store, by this call or an earlier one.

        `device` is its hash, b'' for none; `refusal` is counted beside the events, once like them.
        """
        try:
            async with asyncio.timeout(self._budget_seconds), self._places:
                return await self._persist(summary, device, refusal)
        except TimeoutError:
            return PENDING

    async def _persist(self, summary: Summary, device: bytes, refusal: Reason | None) -> bytes:
        while True:
            try:
                reply = await self._run(self._arguments(summary, device, refusal))
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
            except RedisError as error:
                self._refused.say(summary.count, error)
                return DROPPED[Reason.STORE_UNAVAILABLE]
            else:
                return self._read(summary, reply)

    def _read(self, summary: Summary, reply: list[bytes]) -> bytes:
        said, *foreign = [word.decode("utf-8", "replace") for word in reply]
        if foreign:
            why = f"the store holds something that is not ours: {', '.join(foreign[:5])}"
            self._refused.say(summary.count if said == "foreign" else 0, why)
        return DROPPED[Reason.STORE_UNAVAILABLE] if said == "foreign" else COUNTED

    async def _run(self, arguments: list[Argument]) -> list[bytes]:
        try:
            with store_errors():
                try:
                    reply = await self._client.evalsha(self._sha, 1, *arguments)
                except NoScriptError:
                    reply = await self._client.eval(self._script, 1, *arguments)
        except (StoreUnavailable, RedisError):
            raise
        except Exception as error:  # a client whose connection breaks fails in many ways, uvloop's too
            raise StoreUnavailable(f"the store's answer was lost ({error!r})") from error
        return cast(list[bytes], reply)

    def _arguments(self, summary: Summary, device: bytes, refusal: Reason | None) -> list[Argument]:
        """The key and the ARGV that event_batch.lua describes."""
        keys, limits, today = self._keys.admin(summary.owner), self._limits, self._clock.today()
        return [
            *self._memory(keys, summary),
            f"{keys.day(summary.day)}{summary.app_name}:",
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

    def _memory(self, keys: AdminKeys, summary: Summary) -> tuple[Argument, ...]:
        """Where a batch is remembered, where it may have been before, as what, and until when."""
        period = int(self._clock.now() // PERIOD_SECONDS)
        mark = fingerprint(summary)
        bucket = mark % BUCKETS
        return (
            keys.event_batches(period, bucket),
            keys.event_batches(period - 1, bucket),
            mark,
            (period + 2) * PERIOD_SECONDS,
        )


def fingerprint(summary: Summary) -> int:
    """64 bits with a sign, as sets of integers are kept: of the app and the id."""
    hashed = blake2b(f"{summary.app_name}|{summary.batch_id}".encode(), digest_size=8)
    return int.from_bytes(hashed.digest(), "big", signed=True)


def _event_arguments(summary: Summary) -> Iterator[Argument]:
    for event in summary.events:
        yield from (event.name, event.count, len(event.properties))
        for name, values in event.properties.items():
            yield from (name, len(values))
            for value, count in values.items():
                yield from (value, count)
