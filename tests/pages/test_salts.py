"""Salts: shared, lasting as long as they must and no longer, never shown."""

import datetime as dt
import logging
import time

import pytest

from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.salts import KEPT_SECONDS, SALT_BYTES, Salts

from .running import running

pytestmark = pytest.mark.anyio

TODAY = dt.datetime.now(dt.UTC).date()
TOMORROW = TODAY + dt.timedelta(days=1)
MIDNIGHT = dt.datetime.combine(TODAY, dt.time(), dt.UTC).timestamp()
NOON = MIDNIGHT + 43_200
DAY = 86_400


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def test_all_workers_have_the_same(client: Client, keys: Keys) -> None:
    clock = UtcDay(lambda: NOON)
    workers = [Salts(client, keys, clock) for _ in range(3)]
    for worker in workers:
        await worker.prepare()
    assert len({worker.of(TODAY) for worker in workers}) == 1
    assert len({worker.of(TOMORROW) for worker in workers}) == 1
    assert workers[0].of(TODAY) != workers[0].of(TOMORROW)
    assert len(workers[0].of(TODAY)) == SALT_BYTES


async def test_a_restart_does_not_change_it(client: Client, keys: Keys) -> None:
    before = Salts(client, keys, UtcDay(lambda: NOON))
    await before.prepare()
    after = Salts(client, keys, UtcDay(lambda: NOON + 3600))
    await after.prepare()
    assert after.of(TODAY) == before.of(TODAY)


async def test_it_is_deleted_after_48_hours(client: Client, keys: Keys) -> None:
    salts = Salts(client, keys, UtcDay(lambda: NOON))
    await salts.prepare()
    await salts.prepare()
    for day in (TODAY, TOMORROW):
        assert KEPT_SECONDS - 60 < await client.ttl(keys.salt(day)) <= KEPT_SECONDS


async def test_the_next_days_is_made_at_noon(client: Client, keys: Keys) -> None:
    clock = Clock(NOON - 1)
    salts = Salts(client, keys, UtcDay(clock))
    await salts.prepare()
    assert not await client.exists(keys.salt(TOMORROW))
    clock.now = NOON
    await salts.prepare()
    assert await client.exists(keys.salt(TOMORROW))


async def test_a_midnight_without_the_store_passes_unnoticed(client: Client, keys: Keys) -> None:
    clock = Clock(NOON)
    here, there = Salts(client, keys, UtcDay(clock)), Salts(client, keys, UtcDay(clock))
    for worker in (here, there):
        await worker.prepare()
        worker._client = open_client("unix:///nowhere/socket")
    clock.now = MIDNIGHT + DAY + 1
    for worker in (here, there):
        assert worker.of(TOMORROW) == here.of(TOMORROW)
        with pytest.raises(StoreUnavailable):
            await worker.share(TOMORROW + dt.timedelta(days=1))
    later = Salts(client, keys, UtcDay(clock))
    await later.prepare()
    assert later.of(TOMORROW) == here.of(TOMORROW)


async def test_a_worker_that_never_reached_the_store_shares_its_own_later(client: Client, keys: Keys) -> None:
    salts = Salts(open_client("unix:///nowhere/socket"), keys, UtcDay(lambda: NOON))
    alone = salts.of(TODAY)
    with pytest.raises(StoreUnavailable):
        await salts.prepare()
    assert salts.of(TODAY) == alone
    salts._client = client
    await salts.prepare()
    assert salts.of(TODAY) == alone
    other = Salts(client, keys, UtcDay(lambda: NOON))
    await other.prepare()
    assert other.of(TODAY) == alone


async def test_yesterdays_is_forgotten(client: Client, keys: Keys) -> None:
    clock = Clock(NOON)
    salts = Salts(client, keys, UtcDay(clock))
    await salts.prepare()
    clock.now = NOON + DAY
    await salts.prepare()
    assert TODAY not in salts._shared


async def test_a_visitor_counts_once_a_day_also_over_a_restart(client: Client, keys: Keys) -> None:
    for _ in range(2):
        async with running(client, keys) as site:
            assert await site.pixel() == "counted"
            assert await site.visitors() == 1


async def test_over_midnight_a_visitor_is_another_one(client: Client, keys: Keys) -> None:
    clock = Clock(max(time.time(), NOON))
    async with running(client, keys, UtcDay(clock)) as site:
        first = site.service.salts.of(site.service.clock.today())
        await site.pixel()
        clock.now += DAY
        await site.pixel()
        assert site.service.salts.of(site.service.clock.today()) != first
        assert await site.visitors() == 1
        assert (await site.fields())["all"] == 1


async def test_no_salt_in_any_log(client: Client, keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with running(client, keys) as site:
            await site.pixel()
            salt = site.service.salts.of(site.service.clock.today())
    for text in (salt.hex(), repr(salt), str(list(salt))):
        assert text not in caplog.text
