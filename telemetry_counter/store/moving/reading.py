"""Reading all that an admin has, in an order in which it can be written elsewhere."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from telemetry_counter.errors import InvalidInput
from telemetry_counter.moving.records import (
    Counted,
    Log,
    Record,
    Registered,
    Service,
    Sketches,
    Space,
    Summaries,
)
from telemetry_counter.store.calls import chunks, foreign_keys, run
from telemetry_counter.store.committing.event_batches import BUCKETS, PERIOD_SECONDS
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.moving.spelling import PARTS, SKETCHED, SKETCHES, SPACES, parts, sketched_fields

FIELDS_AT_ONCE, APPS_AT_ONCE, SKETCHES_AT_ONCE, SETS_AT_ONCE = 200, 50, 64, 2_048
"""Of one round trip, so that other clients are served in between: at most about a megabyte."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One admin's way out of a store."""

    client: Client
    keys: Keys
    owner: str

    @property
    def own(self) -> AdminKeys:
        return self.keys.admin(self.owner)

    async def registered(self) -> AsyncIterator[Record]:
        """What does not expire."""
        for part in parts():
            async for fields in self._fields(PARTS[part](self.own)):
                yield Registered(part=part, fields=fields)
        pipeline = self.client.pipeline(transaction=False)
        pipeline.lrange(self.own.log, 0, -1)
        (entries,) = await run(pipeline)
        yield Log(entries=[text(entry) for entry in entries])

    async def counted(self, day: dt.date, apps: Sequence[str]) -> AsyncIterator[Record]:
        """A day of all apps: each hash before its sketches."""
        pipeline = self.client.pipeline(transaction=False)
        pipeline.hgetall(self.own.active_apps(day))
        (active,) = await run(pipeline)
        if active:
            yield Counted(day=day, fields=numbers(active))
        for some in chunks(apps, APPS_AT_ONCE):
            for app, space, fields in await self._hashes(day, some):
                yield Counted(day=day, app=app, space=space, fields=fields)
                async for sketches in self._sketches(day, app, space, fields):
                    yield sketches

    async def summaries(self, now: dt.datetime) -> AsyncIterator[Record]:
        """By which a summary that a client sends once more is known."""
        this = int(now.timestamp() // PERIOD_SECONDS)
        for period in (this - 1, this):
            for buckets in chunks(range(BUCKETS), SETS_AT_ONCE):
                pipeline = self.client.pipeline(transaction=False)
                for bucket in buckets:
                    pipeline.smembers(self.own.event_batches(period, bucket))
                found = dict(zip(buckets, await run(pipeline), strict=True))
                members = {bucket: sorted(map(int, of)) for bucket, of in found.items() if of}
                if members:
                    yield Summaries(period=period, buckets=members)

    async def service(self) -> Service:
        with store_errors(), foreign_keys():
            days = cast(list[bytes], await self.client.hkeys(self.keys.counting))
            imports = cast(dict[bytes, bytes], await self.client.hgetall(self.keys.imports))
        return Service(days=sorted(map(text, days)), imports=texts(imports))

    async def _fields(self, key: str) -> AsyncIterator[dict[str, str]]:
        cursor = -1
        while cursor != 0:
            with store_errors(), foreign_keys():
                cursor, fields = await self.client.hscan(key, max(cursor, 0), count=FIELDS_AT_ONCE)
            if fields:
                yield texts(cast(dict[bytes, bytes], fields))

    async def _hashes(self, day: dt.date, apps: Iterable[str]) -> list[tuple[str, Space, dict[str, int]]]:
        places = [(app, space) for app in apps for space in SPACES]
        pipeline = self.client.pipeline(transaction=False)
        for app, space in places:
            pipeline.hgetall(SPACES[space](self.own, day, app))
        answers = await run(pipeline)
        return [
            (app, space, numbers(fields))
            for (app, space), fields in zip(places, answers, strict=True)
            if fields
        ]

    async def _sketches(
        self, day: dt.date, app: str, space: Space, fields: Iterable[str]
    ) -> AsyncIterator[Sketches]:
        of = SKETCHED[space][0]
        for names in chunks(sketched_fields(space, fields), SKETCHES_AT_ONCE):
            pipeline = self.client.pipeline(transaction=False)
            for name in names:
                pipeline.get(SKETCHES[of](self.own, day, app, name))
            found = dict(zip(names, await run(pipeline), strict=True))
            sketches = {name: sketch for name, sketch in found.items() if sketch}
            if sketches:
                yield Sketches(day=day, app=app, space=of, sketches=sketches)


def text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidInput("The store holds something that is not ours under this admin.") from None


def texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {text(name): text(value) for name, value in fields.items()}


def numbers(fields: Mapping[bytes, Any]) -> dict[str, int]:
    try:
        return {text(name): int(value) for name, value in fields.items()}
    except ValueError:
        raise InvalidInput("The store holds something that is not ours under this admin.") from None
