"""Deleting an app or an admin with all that was counted of it, by keys that are spelled, never by a search.

What is counted goes first, then the registration, and then what services counted until they saw that. So a
deletion that is broken off can be begun again.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import msgspec

from telemetry_counter.accounts.audit import COMMAND_LINE
from telemetry_counter.counting.clock import end_of_day
from telemetry_counter.reporting.history import DayRecord
from telemetry_counter.reporting.selection import dates
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.committing.event_batches import BUCKETS, PERIOD_SECONDS
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys, day_stamp
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.registry import Registry

MOST_DAYS = 400
"""The longest that RETENTION_DAYS can be; it may have been longer once than it is now."""

STILL_COUNTING_SECONDS = 1.0
"""Services see a change within half a second, and commit what they hold within another quarter."""

KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A hash of an app's day, and what the keys of its fields' sketches begin with."""

    hash: str
    sketches: str


class Removal:
    def __init__(self, client: Client, keys: Keys, registry: Registry, retention_days: int) -> None:
        self._client = client
        self._keys = keys
        self._registry = registry
        self._retention_days = retention_days

    async def delete_app(self, admin: str, app: str, today: dt.date, by: str = COMMAND_LINE) -> None:
        """Raises NotFound."""
        await self._registry.expect_app(admin, app)
        own = self._keys.admin(admin)
        await self._delete_counted(own, [app], today)
        await self._registry.unregister_app(admin, app, by)
        await asyncio.sleep(STILL_COUNTING_SECONDS)
        await self._delete_counted(own, [app], today)

    async def delete_admin(self, admin: str, today: dt.date) -> None:
        """Raises NotFound."""
        apps, own = await self._registry.apps(admin), self._keys.admin(admin)
        await self._delete_counted(own, apps, today)
        await self._registry.unregister_admin(admin)
        await asyncio.sleep(STILL_COUNTING_SECONDS)
        await self._delete_counted(own, apps, today)
        await self._unlink([own.history, own.revisions, own.rolls, own.arrival, *batches_of(own, today)])

    async def leaves_something(self, admin: str, today: dt.date) -> bool:
        """Whether there is anything of an admin, listed or not."""
        own = self._keys.admin(admin)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.exists(*lasting(own))
        pipeline.exists(*map(own.active_apps, days_until(today)))
        return any(await run(pipeline))

    async def delete_unlisted(self, admin: str, today: dt.date) -> None:
        """What is left of an admin that is not listed: its store came back empty, or an import broke off."""
        own = self._keys.admin(admin)
        await self._delete_counted(own, await self._apps_left(own, today), today)
        await asyncio.sleep(STILL_COUNTING_SECONDS)
        await self._delete_counted(own, await self._apps_left(own, today), today)
        await self._unlink([*lasting(own), *batches_of(own, today)])

    async def _apps_left(self, own: AdminKeys, today: dt.date) -> list[str]:
        """Apps that are registered, and apps that had checks on a day that is kept."""
        pipeline = self._client.pipeline(transaction=False)
        for key in (own.apps, *map(own.active_apps, days_until(today))):
            pipeline.hkeys(key)
        return sorted({name.decode() for names in await run(pipeline) for name in names})

    async def _delete_counted(self, own: AdminKeys, apps: Sequence[str], today: dt.date) -> None:
        days = days_until(today)
        for places in chunks(list(product(days, apps)), KEYS_AT_ONCE):
            await self._unlink(await self._keys_of(own, places))
        await self._forget_activity(own, apps, days)
        await Rollups(self._client, own).forget_all()
        for app in apps:
            await self._forget_history(own, app, today)

    async def _keys_of(self, own: AdminKeys, places: Sequence[tuple[dt.date, str]]) -> list[str]:
        pipeline = self._client.pipeline(transaction=False)
        kinds = [kind for day, app in places for kind in kinds_of(own, day, app)]
        for kind in kinds:
            pipeline.hkeys(kind.hash)
        replies: list[list[bytes]] = await run(pipeline)
        return [
            key
            for kind, fields in zip(kinds, replies, strict=True)
            for key in (kind.hash, *(kind.sketches + name.decode() for name in (b"all", *fields)))
        ]

    async def _forget_activity(self, own: AdminKeys, apps: Sequence[str], days: Sequence[dt.date]) -> None:
        if not apps:
            return
        pipeline = self._client.pipeline(transaction=False)
        for day in days:
            pipeline.hdel(own.active_apps(day), *apps)
        await run(pipeline)

    async def _forget_history(self, own: AdminKeys, app: str, today: dt.date) -> None:
        """Days that are still kept are counted anew; of older ones the sum over all apps stays as it is."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hgetall(own.history)
        (records,) = await run(pipeline)
        kept_from = day_stamp(today - dt.timedelta(days=self._retention_days)).encode()
        pipeline = self._client.pipeline(transaction=False)
        for stamp, content in records.items():
            record = msgspec.json.decode(content, type=DayRecord)
            if app in record.apps and stamp >= kept_from:
                pipeline.hdel(own.history, stamp)
            elif app in record.apps:
                pipeline.hset(own.history, stamp, msgspec.json.encode(without(app, record)))
        await run(pipeline)

    async def _unlink(self, keys: Sequence[str]) -> None:
        for some in chunks(keys, KEYS_AT_ONCE):
            pipeline = self._client.pipeline(transaction=False)
            pipeline.unlink(*some)
            await run(pipeline)


def days_until(today: dt.date) -> Sequence[dt.date]:
    # A day more on either side: another host's clock, and days that are just expiring.
    return dates(today - dt.timedelta(days=MOST_DAYS + 1), today + dt.timedelta(days=1))


def lasting(own: AdminKeys) -> list[str]:
    """Keys of an admin that belong to no day."""
    registered = [own.apps, own.releases, own.team, own.tokens, own.log]
    return [*registered, own.history, own.revisions, own.rolls, own.arrival]


def kinds_of(own: AdminKeys, day: dt.date, app: str) -> tuple[Kind, ...]:
    """All that is counted of an app on a day."""
    return (
        Kind(own.counters(day, app), own.sketch(day, app, "")),
        Kind(own.cells(day, app), own.sketch(day, app, "x:")),
        Kind(own.pages(day, app), own.visitors(day, app, "")),
        Kind(own.events(day, app), own.event_sketch(day, app, "")),
    )


def without(app: str, record: DayRecord) -> DayRecord:
    apps = {name: of_app for name, of_app in record.apps.items() if name != app}
    return msgspec.structs.replace(record, apps=apps) if apps else DayRecord()


def batches_of(own: AdminKeys, today: dt.date) -> list[str]:
    """Keys under which summaries of events are remembered."""
    period = int(end_of_day(today).timestamp()) // PERIOD_SECONDS
    return [own.event_batches(period - back, bucket) for back in range(3) for bucket in range(BUCKETS)]
