"""Closed days of a selection, rolled up once and read many times; why so: docs/decisions/rollups.md.

The digest names all that the content depends on. So nothing here is ever changed or out of date; several
workers that roll up the same write the same; and what nobody asks for any more expires with the day.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from telemetry_counter.counting.clock import end_of_day
from telemetry_counter.reporting.rolled import Rolled, Union
from telemetry_counter.reporting.tally import Tally
from telemetry_counter.store.calls import run, run_script
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, day_stamp
from telemetry_counter.store.reading.figures import count_figures, in_one_part
from telemetry_counter.store.reading.unions import merge

FEW_SKETCHES = 4
"""Up to so many are read as they are; a copy of their union would cost more than it saves."""

FEW_APPS = 100
"""Up to so many are read by name; for more, whole hashes are read and the rest left aside."""

GRACE_SECONDS = 3600
"""Past the end of the day, so that a report begun in its last second finds what it read of."""

MAX_SKETCHES = 2_000
"""Kept for one admin: 24 MB if each is full. The oldest roll-ups make room."""


@dataclass(frozen=True, slots=True)
class Rollups:
    """Those of one admin."""

    client: Client
    keys: AdminKeys

    async def fingerprint(
        self, days: Sequence[dt.date], apps: Sequence[str] = ()
    ) -> tuple[list[dict[str, int]], list[int]]:
        """Checks by app for each day, and how often each changed after it was closed.

        Of a few apps only those are read, so that an admin's thousands of others do not matter.
        """
        hashes = [self.keys.revisions, *map(self.keys.active_apps, days)]
        wanted = apps if len(apps) <= FEW_APPS else ()
        answer = await run_script(self.client, "read_hashes", hashes, *wanted)
        revisions, *counted = map(_as_numbers, answer)
        return counted, [revisions.get(day_stamp(day), 0) for day in days]

    async def read(self, digest: str) -> Rolled | None:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.get(self.keys.roll(digest))
        (content,) = await run(pipeline)
        return msgspec.json.decode(content, type=Rolled) if content else None

    async def build(self, digest: str, tally: Tally, now: dt.datetime, *, keep_sketches: bool) -> Rolled:
        """Rolls up what was read of the closed days; `keep_sketches` where a live day is to be added."""
        seconds = int((end_of_day(now.date()) - now).total_seconds()) + GRACE_SECONDS
        sketches = {figure: tuple(union) for figure, union in tally.unions.items()}
        if keep_sketches:
            sketches = await self._merge(digest, tally, seconds + GRACE_SECONDS)
        whole, *days = await count_figures(
            self.client,
            self.keys,
            [in_one_part(sketches), *(in_one_part(d.unions) for d in tally.days.values())],
        )
        rolled = Rolled(
            days=tally.figures_of_days(days),
            unions={
                figure: Union(whole[figure], union if keep_sketches else ())
                for figure, union in sketches.items()
            },
            active_apps=sorted(tally.active_apps),
            refusals=dict(tally.refusals),
            overflow=dict(tally.overflow),
        )
        pipeline = self.client.pipeline(transaction=False)
        pipeline.set(self.keys.roll(digest), msgspec.json.encode(rolled), ex=seconds)
        await run(pipeline)
        await self._make_room(digest, len(self.own_sketches(rolled)) + 1, now)
        return rolled

    async def forget(self, digest: str) -> None:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.delete(self.keys.roll(digest))
        await run(pipeline)

    async def forget_all(self) -> None:
        """What is asked for again is rolled up again."""
        pipeline = self.client.pipeline(transaction=False)
        pipeline.zrange(self.keys.rolls, 0, -1)
        (members,) = await run(pipeline)
        for member in members:
            await self._remove(self.keys.rolls, member)

    async def _merge(self, digest: str, tally: Tally, seconds: int) -> dict[str, tuple[str, ...]]:
        """Keys that stand for each figure's union; equal unions share them."""
        merged: dict[tuple[str, ...], tuple[str, ...]] = {}
        unions = {figure: tuple(union) for figure, union in tally.unions.items()}
        for figure, union in unions.items():
            if union not in merged:
                merged[union] = await self._copy(self.keys.rolled_sketch(digest, figure), union, seconds)
        return {figure: merged[union] for figure, union in unions.items()}

    async def _copy(self, into: str, union: tuple[str, ...], seconds: int) -> tuple[str, ...]:
        if len(union) <= FEW_SKETCHES:
            return union
        await merge(self.client, into, union, seconds)
        return (into,)

    async def _make_room(self, digest: str, size: int, now: dt.datetime) -> None:
        index = self.keys.rolls
        pipeline = self.client.pipeline(transaction=False)
        pipeline.zadd(index, {f"{digest} {size}": now.timestamp()})
        pipeline.zremrangebyscore(index, "-inf", now.timestamp() - 2 * 86_400)
        pipeline.expire(index, 3 * 86_400)
        pipeline.zrevrange(index, 0, -1)
        kept = cast(list[bytes], (await run(pipeline))[-1])
        total, excess = 0, []
        for member in kept:
            other, _, of_other = member.decode().partition(" ")
            total += int(of_other)
            if total > MAX_SKETCHES and other != digest:
                excess.append(member)
        for member in excess:
            await self._remove(index, member)

    async def _remove(self, index: str, member: bytes) -> None:
        digest = member.decode().partition(" ")[0]
        rolled = await self.read(digest)
        pipeline = self.client.pipeline(transaction=False)
        pipeline.unlink(self.keys.roll(digest), *(self.own_sketches(rolled) if rolled else ()))
        pipeline.zrem(index, member)
        await run(pipeline)

    def own_sketches(self, rolled: Rolled) -> list[str]:
        """Keys of the sketches that were made for it."""
        begin = self.keys.roll("")
        keys = {key for union in rolled.unions.values() for key in union.sketches}
        return [key for key in keys if key.startswith(begin)]


def _as_numbers(fields: list[bytes]) -> dict[str, int]:
    return {name.decode(): int(number) for name, number in zip(fields[::2], fields[1::2], strict=True)}
