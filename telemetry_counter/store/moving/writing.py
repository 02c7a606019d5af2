"""Writing what was read of an admin elsewhere, so that it may be repeated until it is whole.

Until the last step the admin is not listed, so no service knows it and nothing is added meanwhile. Every
write says what is to be there, none adds to what is, so a run that broke off is simply run again.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from redis.asyncio.client import Pipeline

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.clock import expires_at
from telemetry_counter.errors import InvalidInput
from telemetry_counter.moving.fingerprints import Place
from telemetry_counter.moving.records import Counted, Log, Record, Registered, Service, Sketches, Summaries
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.store.calls import chunks, foreign_keys, run
from telemetry_counter.store.committing.event_batches import PERIOD_SECONDS
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.moving.reading import Outgoing
from telemetry_counter.store.moving.spelling import PARTS, SKETCHES, counted_key, parts
from telemetry_counter.store.registry import Registry

KEYS_AT_ONCE = 500

Fields = Mapping[Any, Any]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Kept beside the admin: which file it came from, and whether all of it."""

    digest: str
    at: dt.datetime
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One admin's way into a store; `reach` is of the days that are kept there."""

    client: Client
    keys: Keys
    owner: str
    reach: Reach

    @property
    def own(self) -> AdminKeys:
        return self.keys.admin(self.owner)

    async def place(self, secret_key: bytes) -> Place:
        with store_errors():
            stored = cast(bytes | None, await self.client.get(self.keys.secret))
        admins = await Registry(self.client, self.keys).admins()
        return Place(secret_key, stored or b"", bool(admins))

    async def take_secret(self, secret: bytes) -> None:
        with store_errors():
            await self.client.set(self.keys.secret, secret)

    async def arrival(self) -> Arrival | None:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.get(self.own.arrival)
        (content,) = await run(pipeline)
        return msgspec.json.decode(content, type=Arrival) if content else None

    async def is_listed(self) -> bool:
        with store_errors():
            return bool(await self.client.hexists(self.keys.admins, self.owner))

    async def begin(self, digest: str, now: dt.datetime) -> None:
        """Raises InvalidInput where the store holds something of that name that no import left there."""
        known = await self.arrival()
        if known is None and await self._holds_something():
            raise InvalidInput(
                f"The store holds something of an admin {self.owner} that is not listed; nothing was written."
                f" `telemetry-counter admin delete {self.owner}` removes it."
            )
        if known is not None and known.digest != digest:
            await self._clear()
        await self._note(Arrival(digest=digest, at=now))

    async def write(self, records: Iterable[Record]) -> None:
        """What belongs to the admin; days that are no longer kept are left out."""
        pipeline = self.client.pipeline(transaction=False)
        for record in records:
            self._queue(pipeline, record)
        if len(pipeline):
            await run(pipeline)

    async def write_service(self, record: Service, *, with_days: bool) -> None:
        with store_errors(), foreign_keys():
            for some in chunks(list(record.imports.items()), KEYS_AT_ONCE):
                for digest, when in some:
                    await self.client.hsetnx(self.keys.imports, digest, when)
            if with_days and record.days:
                await self.client.hset(self.keys.counting, mapping=dict.fromkeys(record.days, "1"))

    async def admin(self) -> Admin:
        """As its keys say, before it is listed."""
        return await Registry(self.client, self.keys).unlisted(self.owner)

    async def enlist(self, digest: str, now: dt.datetime) -> None:
        """The one step after which services know the admin."""
        await self._note(Arrival(digest=digest, at=now, whole=True))
        await Registry(self.client, self.keys).list_admin(self.owner)

    async def _note(self, arrival: Arrival) -> None:
        with store_errors():
            await self.client.set(self.own.arrival, msgspec.json.encode(arrival))

    def _queue(self, pipeline: Pipeline, record: Record) -> None:
        own = self.own
        match record:
            case Registered(part=part, fields=fields) if fields:
                pipeline.hset(PARTS[part](own), mapping=cast(Fields, fields))
            case Log(entries=entries):
                pipeline.delete(own.log)
                if entries:
                    pipeline.rpush(own.log, *entries)
            case Counted(day=day, app=app, space=space, fields=fields) if fields and self._keeps(day):
                key = counted_key(own, day, app, space)
                pipeline.hset(key, mapping=cast(Fields, fields))
                pipeline.expireat(key, self._end(day))
            case Sketches(day=day, app=app, space=of, sketches=sketches) if self._keeps(day):
                for field, sketch in sketches.items():
                    pipeline.set(SKETCHES[of](own, day, app, field), sketch, exat=self._end(day))
            case Summaries(period=period, buckets=buckets):
                for bucket, members in buckets.items():
                    key = own.event_batches(period, bucket)
                    pipeline.sadd(key, *members)
                    pipeline.expireat(key, (period + 2) * PERIOD_SECONDS)
            case _:
                pass

    def _keeps(self, day: dt.date) -> bool:
        return self.reach.first <= day <= self.reach.today + dt.timedelta(days=1)

    def _end(self, day: dt.date) -> int:
        return expires_at(day, self.reach.retention_days)

    async def _holds_something(self) -> bool:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.exists(*self._lasting())
        pipeline.exists(*map(self.own.active_apps, self._days()))
        return any(await run(pipeline))

    def _lasting(self) -> list[str]:
        return [*(PARTS[part](self.own) for part in parts()), self.own.log]

    def _days(self) -> list[dt.date]:
        return [self.reach.today - dt.timedelta(days=back) for back in range(self.reach.retention_days + 1)]

    async def _clear(self) -> None:
        """Takes away what another file left behind when its import broke off."""
        source = Outgoing(self.client, self.keys, self.owner)
        apps = list((await self.admin()).apps)
        for day in self._days():
            found = [keys async for record in source.counted(day, apps) for keys in self._keys_of(record)]
            for some in chunks(found, KEYS_AT_ONCE):
                await self._unlink(some)
        await self._unlink(self._lasting())

    def _keys_of(self, record: Record) -> Iterator[str]:
        match record:
            case Counted(day=day, app=app, space=space):
                yield counted_key(self.own, day, app, space)
            case Sketches(day=day, app=app, space=of, sketches=sketches):
                yield from (SKETCHES[of](self.own, day, app, field) for field in sketches)
            case _:
                pass

    async def _unlink(self, keys: Iterable[str]) -> None:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.unlink(*keys)
        await run(pipeline)
