"""What one commit leaves in the store, key by key."""

import asyncio
import datetime as dt
from collections.abc import Awaitable
from typing import cast

import pytest

from telemetry_counter.counting.batch import MAX_ENTRIES, Batch, Value
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay, expires_at
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import CommitRefused, Limits, Unwritten
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys, day_stamp

pytestmark = pytest.mark.anyio

TODAY = UtcDay().today()
ALL = "stable,linux,amd64,1.0,"


def cell(
    version: str = "1.0",
    *,
    app: str = "editor",
    channel: str = "stable",
    platform: str = "linux",
    arch: str = "amd64",
    state: str = "",
) -> Cell:
    return Cell(Check("acme", app, version, channel, platform, arch, state, ""))


def device(number: int) -> bytes:
    return number.to_bytes(8, "big")


class Store:
    """One writer, and what is in the store after its commits."""

    def __init__(
        self, client: Client, keys: Keys, limits: Limits | None = None, day: dt.date = TODAY
    ) -> None:
        self.client = client
        self.keys: AdminKeys = keys.admin("acme")
        self.day = day
        self.limits = limits or Limits()
        self.commits = Commits(client, keys, self.limits, UtcDay(), "writer")
        self.number = 0

    async def commit(self, *cells: Cell, devices: range = range(1)) -> list[Unwritten]:
        """Each cell once for each device."""
        batch = Batch("acme", self.day)
        for one in cells:
            for number in devices:
                batch.add(one, device(number))
        return await self.send(batch)

    async def send(self, batch: Batch) -> list[Unwritten]:
        unwritten = []
        for part in batch.split():
            self.number += 1
            part.number = self.number
            unwritten += await self.commits.send(part)
        return unwritten

    async def hash(self, key: str) -> dict[str, int]:
        fields = await cast(Awaitable[dict[bytes, bytes]], self.client.hgetall(key))
        return {name.decode(): int(value) for name, value in fields.items()}

    async def counters(self, app: str = "editor") -> dict[str, int]:
        return await self.hash(self.keys.counters(self.day, app))

    async def cells(self, app: str = "editor") -> dict[str, int]:
        return await self.hash(self.keys.cells(self.day, app))

    async def devices(self, field: str, app: str = "editor") -> int:
        return int(await self.client.pfcount(self.keys.sketch(self.day, app, field)))

    async def dated_keys(self) -> list[str]:
        return [key.decode() async for key in self.client.scan_iter(self.keys.day(self.day) + "*")]


@pytest.fixture
def store(client: Client, keys: Keys) -> Store:
    return Store(client, keys)


async def test_a_check_is_one_of_everything_it_belongs_to(store: Store) -> None:
    await store.commit(cell())

    ones = dict.fromkeys(("all", "c:stable", "p:linux", "a:amd64", "v:1.0"), 1)
    distinct = dict.fromkeys(("#c:", "#p:", "#a:", "#v:"), 1)
    assert await store.counters() == ones | distinct
    assert await store.cells() == {ALL: 1}
    assert await store.hash(store.keys.active_apps(TODAY)) == {"editor": 1}
    assert [await store.devices(field) for field in (*ones, "x:" + ALL)] == [1] * 6


async def test_nothing_else_is_written_than_the_keys_that_are_documented(store: Store) -> None:
    await store.commit(cell())

    fields = ("all", "c:stable", "p:linux", "a:amd64", "v:1.0", "x:" + ALL)
    expected = {store.keys.sketch(TODAY, "editor", field) for field in fields}
    expected |= {store.keys.counters(TODAY, "editor"), store.keys.cells(TODAY, "editor")}
    expected |= {store.keys.active_apps(TODAY)}
    assert set(await store.dated_keys()) == expected


async def test_requests_add_up_and_devices_are_united(store: Store) -> None:
    await store.commit(cell("1.0"), cell("2.0"), devices=range(10))
    await store.commit(cell("2.0"), devices=range(5, 20))

    counters = await store.counters()
    assert (counters["all"], counters["v:1.0"], counters["v:2.0"]) == (35, 10, 25)
    assert (counters["#v:"], counters["#c:"]) == (2, 1)
    assert await store.devices("all") == 20
    assert (await store.devices("v:1.0"), await store.devices("v:2.0")) == (10, 20)
    assert await store.cells() == {ALL: 10, "stable,linux,amd64,2.0,": 25}


async def test_a_device_that_refused_is_a_request_only(store: Store) -> None:
    batch = Batch("acme", TODAY)
    batch.add(cell(), b"")
    await store.send(batch)

    assert (await store.counters())["all"] == 1
    assert await store.devices("all") == 0


async def test_what_was_not_stated_has_no_counter(store: Store) -> None:
    await store.commit(cell(channel="", platform="", arch=""))

    assert await store.counters() == {"all": 1, "v:1.0": 1, "#v:": 1}
    assert await store.cells() == {",,,1.0,": 1}


async def test_states_are_cells_of_their_own(store: Store) -> None:
    await store.commit(cell(state="l"), cell(state="o"), cell())

    assert await store.cells() == {ALL: 1, ALL + "l": 1, ALL + "o": 1}
    assert (await store.counters())["v:1.0"] == 3


async def test_large_sums_stay_whole_numbers(store: Store) -> None:
    await store.client.hset(store.keys.counters(TODAY, "editor"), "all", 10**15 - 1)
    await store.client.hset(store.keys.cells(TODAY, "editor"), ALL, 10**15 - 1)
    await store.commit(cell())

    assert (await store.counters())["all"] == 10**15
    assert (await store.cells())[ALL] == 10**15


async def test_everything_expires_when_its_retention_ends(store: Store) -> None:
    batch = Batch("acme", TODAY)
    batch.add(cell(), device(1))
    batch.add_values(
        [Value("editor", "w", "p:", "/", 10, True), Value("editor", "w", "", "all", 0, True)], device(1)
    )
    batch.refuse("player", Reason.INVALID)
    await store.send(batch)

    due = expires_at(TODAY, 30)
    found = await store.dated_keys()
    assert len(found) == 13
    assert {key: await store.client.expiretime(key) for key in found} == dict.fromkeys(found, due)


async def test_later_hits_do_not_put_off_the_end(store: Store) -> None:
    await store.commit(cell())
    found = await store.dated_keys()
    for key in found:
        await store.client.expireat(key, expires_at(TODAY, 7))

    await store.commit(cell(), devices=range(1, 3))

    assert {await store.client.expiretime(key) for key in found} == {expires_at(TODAY, 7)}


@pytest.mark.parametrize("versions", [199, 200, 201, 250])
async def test_a_dimension_keeps_two_hundred_values(store: Store, versions: int) -> None:
    await store.commit(*(cell(f"1.{n}") for n in range(versions)))

    counters = await store.counters()
    kept = [field for field in counters if field.startswith("v:") and field != "v:(other)"]
    beyond = max(0, versions - 200)
    assert len(kept) == counters["#v:"] == min(versions, 200)
    assert counters.get("v:(other)", 0) == counters.get("o:v:", 0) == beyond
    assert (await store.cells()).get("stable,linux,amd64,(other),", 0) == beyond
    assert counters["all"] == versions


async def test_a_full_dimension_stays_full_in_later_batches(store: Store) -> None:
    await store.commit(*(cell(f"1.{n}") for n in range(200)))
    for n in range(5):
        await store.commit(cell(f"2.{n}"), cell("1.7"), devices=range(n, n + 1))

    counters = await store.counters()
    assert counters["#v:"] == 200
    assert counters["v:(other)"] == counters["o:v:"] == 5
    assert counters["v:1.7"] == 6
    assert await store.devices("v:(other)") == 5
    assert len(await store.cells()) == 201


async def test_one_batch_may_bring_more_values_than_lua_unpacks(client: Client, keys: Keys) -> None:
    store = Store(client, keys, Limits(value_cap=10_000, cell_cap=100_000))
    batch = Batch("acme", TODAY)
    for n in range(MAX_ENTRIES):
        batch.add(cell(f"1.{n}", channel=f"c{n}", platform=f"p{n}", arch=f"a{n}"), b"")
    batch.number = 1
    assert await store.commits.send(batch) == []

    counters = await store.counters()
    assert [counters[field] for field in ("all", "#c:", "#p:", "#a:", "#v:")] == [MAX_ENTRIES] * 5
    assert len(counters) == 4 * MAX_ENTRIES + 5


@pytest.mark.parametrize("cells", [19, 20, 21, 30])
async def test_an_app_keeps_as_many_cells_as_the_cap(client: Client, keys: Keys, cells: int) -> None:
    store = Store(client, keys, Limits(cell_cap=20))
    await store.commit(*(cell(f"1.{n}") for n in range(cells)))

    beyond = max(0, cells - 20)
    counted = await store.cells()
    assert counted.pop("(other),(other),(other),(other),", 0) == beyond
    assert len(counted) == min(cells, 20)
    counters = await store.counters()
    assert counters.get("o:x:", 0) == beyond
    # The values themselves are still told apart.
    assert counters["#v:"] == cells
    assert counters[f"v:1.{cells - 1}"] == 1


async def test_refusals_are_counted_by_reason(store: Store) -> None:
    for _ in range(2):
        batch = Batch("acme", TODAY)
        batch.refuse("editor", Reason.INVALID, 3)
        batch.refuse("editor", Reason.NO_DEVICE)
        batch.refuse("player", Reason.INVALID)
        await store.send(batch)

    assert await store.counters() == {"r:invalid": 6, "r:no_device": 2}
    assert await store.counters("player") == {"r:invalid": 2}
    assert await store.hash(store.keys.active_apps(TODAY)) == {}


def page(path: str, cap: int = 3) -> list[Value]:
    return [Value("docs", "w", "", "all", 0, True), Value("docs", "w", "p:", path, cap, True)]


async def test_values_have_a_space_of_their_own(store: Store) -> None:
    batch = Batch("acme", TODAY)
    batch.add_values(page("/"), device(1))
    batch.add_values(page("/"), device(2))
    batch.add_values(page("/faq"), device(1))
    batch.add_values([Value("docs", "e", "n:", "saved", 10, False)], b"", requests=7)
    await store.send(batch)

    stem = store.keys.day(TODAY) + "docs:"
    assert await store.hash(stem + "w") == {"all": 3, "p:/": 2, "p:/faq": 1, "#p:": 2}
    assert await store.hash(stem + "e") == {"n:saved": 7, "#n:": 1}
    sketches = [await store.client.pfcount(stem + "wu:" + field) for field in ("all", "p:/", "p:/faq")]
    assert sketches == [2, 2, 1]
    assert not await store.client.exists(stem + "eu:n:saved")


async def test_values_beyond_their_cap_are_others(store: Store) -> None:
    for n in range(5):
        batch = Batch("acme", TODAY)
        batch.add_values(page(f"/{n}"), device(n))
        await store.send(batch)

    counted = await store.hash(store.keys.day(TODAY) + "docs:w")
    assert counted == {"all": 5, "#p:": 3, "p:/0": 1, "p:/1": 1, "p:/2": 1, "p:(other)": 2, "o:p:": 2}


async def test_known_new_and_other_values_of_one_batch_add_up(store: Store) -> None:
    first, second = Batch("acme", TODAY), Batch("acme", TODAY)
    first.add_values(page("/0"), device(0))
    for n in range(6):
        second.add_values(page(f"/{n % 5}"), device(n))
        second.add_values([Value("docs", "e", "n:", f"saved{n}", 10, False)], b"")
    await store.send(first)
    await store.send(second)

    stem = store.keys.day(TODAY) + "docs:"
    assert await store.hash(stem + "w") == {
        **{"all": 7, "#p:": 3, "p:/0": 3, "p:/1": 1, "p:/2": 1},
        **{"p:(other)": 2, "o:p:": 2},
    }
    assert await store.hash(stem + "e") == {"#n:": 6, **{f"n:saved{n}": 1 for n in range(6)}}
    sketches = [await store.client.pfcount(stem + "wu:" + field) for field in ("all", "p:/0", "p:(other)")]
    assert sketches == [6, 2, 2]
    for key in ("w", "e", "wu:all", "wu:p:/0", "wu:p:(other)"):
        assert await store.client.ttl(stem + key) > 0, key


async def test_a_batch_that_comes_twice_counts_once(store: Store) -> None:
    batch = Batch("acme", TODAY)
    batch.add(cell(), device(1))
    batch.add_values(page("/"), device(1))
    batch.refuse("editor", Reason.INVALID)
    batch.number = 1
    await store.commits.send(batch)
    before = await store.counters(), await store.cells()
    batch.number = 1

    assert await store.commits.send(batch) == []

    assert (await store.counters(), await store.cells()) == before
    assert await store.hash(store.keys.day(TODAY) + "docs:w") == {"all": 1, "p:/": 1, "#p:": 1}


async def test_an_older_batch_that_comes_late_counts_nothing(store: Store) -> None:
    await store.commit(cell())
    await store.commit(cell())
    late = Batch("acme", TODAY)
    late.add(cell(), device(1))
    late.number = 1

    await store.commits.send(late)

    assert (await store.counters())["all"] == 2


async def test_writers_do_not_mistake_each_others_batches(client: Client, keys: Keys) -> None:
    for name in ("one", "two"):
        batch = Batch("acme", TODAY)
        batch.add(cell(), device(1))
        batch.number = 1
        await Commits(client, keys, Limits(), UtcDay(), name).send(batch)

    assert (await Store(client, keys).counters())["all"] == 2


async def test_a_writer_is_forgotten_in_the_end(store: Store) -> None:
    await store.commit(cell())

    assert 86_400 < await store.client.ttl(store.keys.writer("writer")) <= 3 * 86_400


async def test_only_a_closed_day_gets_a_new_revision(client: Client, keys: Keys) -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    await Store(client, keys).commit(cell())
    store = Store(client, keys, day=yesterday)
    store.commits = Commits(client, keys, Limits(), UtcDay(), "another")
    await store.commit(cell())
    await store.commit(cell())

    assert await store.hash(store.keys.revisions) == {day_stamp(yesterday): 2}


async def test_split_batches_count_the_same(store: Store) -> None:
    batch = Batch("acme", TODAY)
    for n in range(2 * MAX_ENTRIES):
        batch.add(cell(f"1.{n % 3}"), device(n))
    for _ in range(5):
        batch.add(cell("1.0"), b"")

    assert len(list(batch.split())) > 1
    await store.send(batch)

    assert await store.cells() == {
        ALL: 2 * MAX_ENTRIES // 3 + 5,
        "stable,linux,amd64,1.1,": 2 * MAX_ENTRIES // 3,
        "stable,linux,amd64,1.2,": 2 * MAX_ENTRIES // 3,
    }
    assert (await store.counters())["all"] == 2 * MAX_ENTRIES + 5
    assert await store.devices("all") == pytest.approx(2 * MAX_ENTRIES, rel=0.03)


class TestAKeyThatHoldsSomethingElse:
    """Every failure is said, leaves the rest as it is, and ends with the key's repair."""

    async def spoil(self, store: Store, key: str) -> None:
        await store.client.delete(key)
        await store.client.rpush(key, "not ours")

    @pytest.mark.parametrize("which", ["counters", "cells", "sketch"])
    async def test_an_app_is_left_out_whole(self, store: Store, which: str) -> None:
        places = {
            "counters": store.keys.counters(TODAY, "editor"),
            "cells": store.keys.cells(TODAY, "editor"),
            "sketch": store.keys.sketch(TODAY, "editor", "all"),
        }
        await self.spoil(store, places.pop(which))

        unwritten = await store.commit(cell(), cell(app="player"))

        assert unwritten == [Unwritten("app", "editor")]
        assert [await store.client.exists(place) for place in places.values()] == [0, 0]
        assert (await store.counters("player"))["all"] == 1
        assert await store.hash(store.keys.active_apps(TODAY)) == {"player": 1}

    async def test_a_cell_is_left_out_alone(self, store: Store) -> None:
        await self.spoil(store, store.keys.sketch(TODAY, "editor", "x:" + ALL))

        unwritten = await store.commit(cell("1.0"), cell("2.0"))

        assert unwritten == [Unwritten("cell", "editor:" + ALL)]
        assert await store.cells() == {"stable,linux,amd64,2.0,": 1}
        counters = await store.counters()
        assert (counters["all"], counters["#v:"], counters["v:2.0"]) == (1, 1, 1)
        assert "v:1.0" not in counters

    async def test_a_cell_that_is_left_out_again_and_again_uses_up_no_room(self, store: Store) -> None:
        await self.spoil(store, store.keys.sketch(TODAY, "editor", "x:" + ALL))
        for _ in range(250):
            await store.commit(cell("1.0"))
        await store.commit(cell("2.0"))

        assert (await store.counters())["v:2.0"] == 1
        assert (await store.counters())["#v:"] == 1

    async def test_what_is_left_behind_expires(self, store: Store) -> None:
        spoiled = store.keys.sketch(TODAY, "editor", "x:" + ALL)
        await self.spoil(store, spoiled)
        await store.commit(cell("1.0"))

        left = [key for key in await store.dated_keys() if key != spoiled]
        assert {await store.client.expiretime(key) for key in left} <= {expires_at(TODAY, 30)}

    async def test_the_sketch_of_a_value_is_left_out_of_its_counter(self, store: Store) -> None:
        spoiled = store.keys.sketch(TODAY, "editor", "v:1.0")
        await self.spoil(store, spoiled)

        assert await store.commit(cell()) == [Unwritten("key", spoiled)]
        assert (await store.counters())["v:1.0"] == 1
        assert await store.devices("p:linux") == 1
        assert await store.client.ttl(spoiled) == -1

    async def test_the_apps_of_the_day(self, store: Store) -> None:
        active = store.keys.active_apps(TODAY)
        await self.spoil(store, active)

        assert await store.commit(cell()) == [Unwritten("key", active)]
        assert (await store.counters())["all"] == 1

    async def test_a_space_of_values(self, store: Store) -> None:
        await self.spoil(store, store.keys.day(TODAY) + "docs:w")
        batch = Batch("acme", TODAY)
        batch.add_values(page("/"), device(1))
        batch.add_values([Value("docs", "e", "n:", "saved", 10, False)], b"")

        assert set(await store.send(batch)) == {Unwritten("space", "docs:w")}
        assert await store.hash(store.keys.day(TODAY) + "docs:e") == {"n:saved": 1, "#n:": 1}

    async def test_a_sketch_of_a_space(self, store: Store) -> None:
        spoiled = store.keys.day(TODAY) + "docs:wu:p:/"
        await self.spoil(store, spoiled)
        batch = Batch("acme", TODAY)
        batch.add_values(page("/"), device(1))

        assert await store.send(batch) == [Unwritten("key", spoiled)]
        assert (await store.hash(store.keys.day(TODAY) + "docs:w"))["p:/"] == 1
        assert await store.client.ttl(spoiled) == -1

    async def test_refusals(self, store: Store) -> None:
        counters = store.keys.counters(TODAY, "editor")
        await self.spoil(store, counters)
        batch = Batch("acme", TODAY)
        batch.refuse("editor", Reason.INVALID)

        assert await store.send(batch) == [Unwritten("key", counters)]

    async def test_the_writers_marker(self, store: Store) -> None:
        await self.spoil(store, store.keys.writer("writer"))

        with pytest.raises(CommitRefused):
            await store.commit(cell())
        assert await store.dated_keys() == []

    async def test_a_retry_learns_what_was_left_out_the_first_time(self, store: Store) -> None:
        await self.spoil(store, store.keys.sketch(TODAY, "editor", "x:" + ALL))
        await self.spoil(store, store.keys.active_apps(TODAY))
        first = await store.commit(cell("1.0"), cell("2.0"))
        store.number -= 1

        assert await store.commit(cell("1.0"), cell("2.0")) == first
        assert len(first) == 2
        await store.commit(cell("2.0"))
        assert await store.client.get(store.keys.writer("writer")) is not None
        assert (await store.counters())["all"] == 2

    async def test_it_counts_again_when_it_is_repaired(self, store: Store) -> None:
        spoiled = store.keys.sketch(TODAY, "editor", "x:" + ALL)
        await self.spoil(store, spoiled)
        await store.commit(cell())
        await store.client.delete(spoiled)

        assert await store.commit(cell()) == []
        assert await store.cells() == {ALL: 1}


async def test_many_writers_at_once_lose_nothing(client: Client, keys: Keys) -> None:
    async def write(name: int) -> None:
        commits = Commits(client, keys, Limits(), UtcDay(), f"writer-{name}")
        for number in range(1, 21):
            batch = Batch("acme", TODAY)
            for n in range(5):
                batch.add(cell(f"1.{n}"), device(1000 * name + number))
            batch.number = number
            assert await commits.send(batch) == []

    await asyncio.gather(*map(write, range(20)))

    store = Store(client, keys)
    assert (await store.counters())["all"] == 20 * 20 * 5
    assert await store.cells() == {f"stable,linux,amd64,1.{n},": 400 for n in range(5)}
    assert await store.hash(store.keys.active_apps(TODAY)) == {"editor": 2000}
    assert await store.devices("all") == pytest.approx(400, rel=0.03)
