"""Committing summaries: raw keys, once only, bounded, on the three stores."""

import asyncio
import datetime as dt
import random
from typing import Any

import msgspec
import pytest
from redis.asyncio import RedisCluster
from redis.exceptions import ResponseError

from telemetry_counter.counting.clock import UtcDay, expires_at
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.events.summary import Summary, parse_summary
from telemetry_counter.store.committing.event_batches import (
    BUCKETS,
    PERIOD_SECONDS,
    EventBatches,
    fingerprint,
)
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys

from .bodies import encoded, event, summary

pytestmark = pytest.mark.anyio

NOW = 1_900_000_000
"""Far ahead, so that no key expires while a test runs."""
DAY = dt.datetime.fromtimestamp(NOW, dt.UTC).date()
DEVICE, OTHER_DEVICE = b"devi-one", b"devi-two"


class Book:
    """What a store holds of one admin's editor."""

    def __init__(self, client: Client, keys: Keys, limits: Limits | None = None) -> None:
        self.client = client
        self.keys = keys.admin("acme")
        self.now = float(NOW)
        self.limits = limits or Limits()
        self.batches = self.writer(keys, client)

    def writer(self, keys: Keys, client: Client, budget_seconds: float = 5) -> EventBatches:
        clock = UtcDay(lambda: self.now)
        return EventBatches(client, keys, self.limits, clock, budget_seconds=budget_seconds)

    async def commit(self, one: Summary, device: bytes = DEVICE, refusal: Reason | None = None) -> bytes:
        return await self.batches.commit(one, device, refusal)

    async def counts(self, day: dt.date = DAY) -> dict[str, int]:
        fields: Any = await self.client.hgetall(self.keys.events(day, "editor"))
        return {name.decode(): int(value) for name, value in fields.items()}

    async def devices(self, field: str, day: dt.date = DAY) -> int:
        return int(await self.client.pfcount(self.keys.event_sketch(day, "editor", field)))


@pytest.fixture
def book(client: Client, keys: Keys) -> Book:
    return Book(client, keys)


def made(*events: dict[str, Any], day: dt.date = DAY, **values: Any) -> Summary:
    return parse_summary(encoded(summary(day, *events, **values)))


async def test_the_fields_of_a_summary(book: Book) -> None:
    assert await book.commit(made(event("opened", 3, kind={"pdf": 2, "odt": 1}), event("saved"))) == COUNTED
    build = "stable,linux,amd64,1.2.3"
    counted = {
        "all": 4,
        "c:stable": 4,
        "p:linux": 4,
        "a:amd64": 4,
        "v:1.2.3": 4,
        "e:opened": 3,
        "e:saved": 1,
        f"x:opened,{build}": 3,
        f"x:saved,{build}": 1,
        "pv:opened,kind,pdf": 2,
        "pv:opened,kind,odt": 1,
    }
    distinct = {"#c:": 1, "#p:": 1, "#a:": 1, "#v:": 1, "#e:": 2, "#x:": 2, "#pv:": 2, "#pv:opened,kind,": 2}
    assert await book.counts() == counted | distinct
    assert {field: await book.devices(field) for field in counted} == dict.fromkeys(counted, 1)


async def test_everything_expires_with_its_day(book: Book, keys: Keys) -> None:
    day = DAY - dt.timedelta(days=7)
    await book.commit(made(day=day), device=b"")
    await book.commit(made(day=day), device=DEVICE)
    end = expires_at(day, 30)
    dated = [key async for key in book.client.scan_iter(f"{keys.prefix}*") if b"event-batches" not in key]
    assert len(dated) == 8
    assert {await book.client.expiretime(key) for key in dated} == {end}
    [remembered, *_] = [key async for key in book.client.scan_iter(f"{keys.prefix}*event-batches*")]
    left = await book.client.expiretime(remembered) - NOW
    assert PERIOD_SECONDS <= left <= 2 * PERIOD_SECONDS


async def test_a_summary_lands_on_its_own_day(book: Book) -> None:
    before = DAY - dt.timedelta(days=3)
    await book.commit(made(day=before))
    assert await book.counts() == {}
    assert (await book.counts(before))["all"] == 1


async def test_the_second_time_nothing_is_counted(book: Book) -> None:
    one = made(event("opened", 3))
    first = await book.commit(one), await book.counts()
    assert (await book.commit(one, OTHER_DEVICE), await book.counts()) == first
    assert await book.devices("all") == 1


async def test_what_counts_is_the_first_body(book: Book) -> None:
    one = made(event("opened"))
    other = made(event("saved", 9), batch_id=str(one.batch_id), day=DAY - dt.timedelta(days=1), version="9")
    await book.commit(one)
    before = await book.counts()
    assert await book.commit(other) == COUNTED
    assert await book.counts() == before
    assert await book.counts(DAY - dt.timedelta(days=1)) == {}


async def test_an_id_is_known_in_its_app_only(book: Book) -> None:
    one = made()
    await book.commit(one)
    await book.commit(made(app_name="player", batch_id=str(one.batch_id)))
    assert await book.client.hget(book.keys.events(DAY, "player"), "all") == b"1"


@pytest.mark.parametrize("offset", [0, PERIOD_SECONDS // 2, PERIOD_SECONDS - 1])
async def test_an_id_is_remembered_for_at_least_nine_days(book: Book, offset: int) -> None:
    begin = NOW // PERIOD_SECONDS * PERIOD_SECONDS
    one = made()
    book.now = begin + offset
    await book.commit(one)
    for days in (1, 8, 9):
        book.now = begin + offset + days * 86_400
        await book.commit(one)
    assert (await book.counts())["all"] == 1


async def test_a_hundred_attempts_at_once_count_once(book: Book) -> None:
    one = made(event("opened", 7))
    outcomes = await asyncio.gather(*(book.commit(one) for _ in range(100)))
    assert set(outcomes) == {COUNTED}
    assert (await book.counts())["all"] == 7


async def test_a_hundred_clients_at_once_lose_nothing(book: Book) -> None:
    outcomes = await asyncio.gather(
        *(book.commit(made(event("opened", 2)), f"device{n:02}".encode()) for n in range(100))
    )
    assert set(outcomes) == {COUNTED}
    assert (await book.counts())["e:opened"] == 200
    assert 97 <= await book.devices("e:opened") <= 103


async def test_without_a_device_events_are_counted_only(book: Book) -> None:
    await book.commit(made(), device=b"")
    assert (await book.counts())["all"] == 1
    assert await book.devices("all") == 0


async def test_the_device_comes_later(book: Book) -> None:
    """The sketch is made after its field, and must expire all the same."""
    await book.commit(made(), device=b"")
    await book.commit(made())
    assert await book.devices("e:opened") == 1
    assert await book.client.ttl(book.keys.event_sketch(DAY, "editor", "e:opened")) > 0


async def test_what_is_not_stated_is_no_value(book: Book) -> None:
    await book.commit(made(channel="", platform="", arch=""))
    counts = await book.counts()
    assert counts["x:opened,,,,1.2.3"] == 1
    assert not [field for field in counts if field[:2] in ("c:", "p:", "a:")]


SMALL = Limits(value_cap=3, cell_cap=5)


@pytest.fixture
def small(client: Client, keys: Keys) -> Book:
    return Book(client, keys, SMALL)


async def test_events_beyond_the_cap_are_other_and_have_no_properties(small: Book) -> None:
    await small.commit(made(*(event(f"e{n}", 2, kind={"x": 1}) for n in range(5))))
    counts = await small.counts()
    assert {field: n for field, n in counts.items() if field.startswith("e:")} == {
        "e:e0": 2,
        "e:e1": 2,
        "e:e2": 2,
        "e:(other)": 4,
    }
    assert counts["o:e:"] == 4
    assert counts["all"] == 10
    assert not [field for field in counts if field.startswith("pv:(other)")]


async def test_versions_beyond_the_cap_are_other(small: Book) -> None:
    for n in range(5):
        await small.commit(made(version=f"1.{n}"))
    counts = await small.counts()
    assert (counts["v:1.2"], counts["v:(other)"], counts["o:v:"], counts["#v:"]) == (1, 2, 2, 3)
    assert counts["x:opened,stable,linux,amd64,(other)"] == 2


async def test_builds_beyond_the_cap_keep_their_event(small: Book) -> None:
    events = [event("a"), event("b")]
    for platform in ("x", "y", "z"):
        await small.commit(made(*events, platform=platform))
    counts = await small.counts()
    assert counts["#x:"] == 5
    assert counts["x:b,(other),(other),(other),(other)"] == 1
    assert (counts["e:a"], counts["e:b"], counts["o:x:"]) == (3, 3, 1)


async def test_values_beyond_the_cap_are_the_propertys_other(small: Book) -> None:
    await small.commit(made(event("a", 9, kind={f"k{n}": 1 for n in range(5)})))
    counts = await small.counts()
    assert (counts["pv:a,kind,(other)"], counts["o:pv:"], counts["#pv:a,kind,"]) == (2, 2, 3)


async def test_properties_beyond_the_cap_are_the_events_other(small: Book) -> None:
    await small.commit(made(event("a", 9, **{f"p{n}": {"x": 1} for n in range(8)})))
    counts = await small.counts()
    assert (counts["#pv:"], counts["pv:a,(other),(other)"], counts["o:pv:"]) == (5, 3, 3)
    await small.commit(made(event("a", 9, p1={"y": 1}, p8={"(other)": 1})))
    counts = await small.counts()
    assert counts["pv:a,p1,(other)"] == 1
    assert (counts["pv:a,(other),(other)"], counts["#pv:"], counts["o:pv:"]) == (4, 5, 4)


async def test_a_property_of_which_only_other_is_known_keeps_it(small: Book) -> None:
    full = {f"p{n}": {"x": 1} for n in range(4)}
    await small.commit(made(event("a", 9, **full, kind={"(other)": 1, "y": 2})))
    counts = await small.counts()
    assert (counts["pv:a,kind,(other)"], counts["o:pv:"], counts["#pv:"]) == (3, 2, 5)
    assert "pv:a,(other),(other)" not in counts


async def test_what_the_client_calls_other_takes_no_room(small: Book) -> None:
    for n in range(3):
        await small.commit(made(event("(other)", 2), event(f"e{n}", 1, kind={"(other)": 1})))
    counts = await small.counts()
    assert (counts["e:(other)"], counts["#e:"], counts.get("o:e:")) == (6, 3, None)


async def test_any_traffic_adds_up_and_stays_within_its_bounds(small: Book) -> None:
    draw = random.Random(7)
    total = 0
    for _ in range(120):
        sent = [drawn(draw, f"e{n}") for n in draw.sample(range(6), draw.randrange(1, 5))]
        total += sum(of["count"] for of in sent)
        version, platform = f"{draw.randrange(6)}", draw.choice(["", "linux", "darwin"])
        await small.commit(made(*sent, version=version, platform=platform), draw.randbytes(8))
    counts = await small.counts()
    for prefix in ("c:", "v:", "e:", "x:"):
        assert sum(n for field, n in counts.items() if field.startswith(prefix)) == total == counts["all"]
    for prefix in ("c:", "p:", "v:", "e:"):
        told_apart = [f for f in counts if f.startswith(prefix) and not f.endswith("(other)")]
        assert counts[f"#{prefix}"] == len(told_apart)
    assert counts["#e:"] == counts["#v:"] == 3
    assert counts["#x:"] == counts["#pv:"] == 5
    assert len(counts) < 60


def drawn(draw: random.Random, name: str) -> dict[str, Any]:
    values = {f"v{draw.randrange(9)}": draw.randrange(1, 9)}
    return event(name, draw.randrange(1, 9), **{f"p{draw.randrange(4)}": values})


async def test_a_refusal_is_counted_beside_once(book: Book) -> None:
    before = DAY - dt.timedelta(days=2)
    one = made(day=before)
    for _ in range(2):
        assert await book.commit(one, refusal=Reason.UNDECLARED) == COUNTED
    counters = book.keys.counters(DAY, "editor")
    assert await book.client.hgetall(counters) == {b"r:undeclared": b"1"}
    assert await book.client.expiretime(counters) == expires_at(DAY, 30)
    assert (await book.counts(before))["all"] == 1


async def test_a_summary_without_events_leaves_its_refusal_only(book: Book) -> None:
    one = msgspec.structs.replace(made(), events=())
    assert await book.commit(one, refusal=Reason.UNDECLARED) == COUNTED
    assert await book.counts() == {}


async def test_a_hash_that_is_not_ours_is_left_alone(book: Book) -> None:
    await book.client.set(book.keys.events(DAY, "editor"), "theirs")
    one = made()
    assert await book.commit(one) == DROPPED[Reason.STORE_UNAVAILABLE]
    await book.client.delete(book.keys.events(DAY, "editor"))
    assert await book.commit(one) == COUNTED
    assert (await book.counts())["all"] == 1


async def test_a_sketch_that_is_not_ours_is_left_alone(book: Book, caplog: pytest.LogCaptureFixture) -> None:
    theirs = book.keys.event_sketch(DAY, "editor", "e:opened")
    await book.client.hset(theirs, "a", "b")
    assert await book.commit(made()) == COUNTED
    assert (await book.counts())["e:opened"] == 1
    assert await book.devices("all") == 1
    assert theirs in caplog.text


async def test_a_field_that_is_not_ours_costs_itself_only(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    mine = book.keys.events(DAY, "editor")
    await book.client.hset(mine, mapping={"e:opened": "theirs", "#e:": "theirs", "#x:": "theirs"})
    assert await book.commit(made(event("opened"), event("saved"))) == COUNTED
    assert f"{mine} e:opened" in caplog.text
    await book.client.hdel(mine, "e:opened")
    counts = await book.counts()
    assert (counts["all"], counts["e:saved"], counts["v:1.2.3"]) == (2, 1, 2)


class Refusing:
    """A client and all that it consists of, whose store refuses the script."""

    def __init__(self) -> None:
        self.connection_pool = self

    async def get_connection(self) -> "Refusing":
        return self

    async def send_command(self, *command: Any) -> None:
        pass

    async def read_response(self) -> Any:
        raise ResponseError("ERR the script is broken")


async def test_a_store_that_refuses_the_script_says_so(
    keys: Keys, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    refusing: Any = Refusing()
    outcome = await book.writer(keys, refusing).commit(made(event("opened", 3)), DEVICE)
    assert outcome == DROPPED[Reason.STORE_UNAVAILABLE]
    assert "3 events are left with their clients, who send again: ERR the script is broken" in caplog.text


async def test_a_memory_that_is_not_ours_counts_nothing(book: Book, keys: Keys) -> None:
    one = made()
    mark = fingerprint(one)
    key = book.keys.event_batches(int(book.now // PERIOD_SECONDS), mark % BUCKETS)
    await book.client.set(key, "theirs")
    assert await book.writer(keys, book.client, 0.1).commit(one, DEVICE) == PENDING
    assert await book.counts() == {}


class Unsure:
    """A client whose store does what it is told, and whose answers get lost."""

    def __init__(self, client: Client, lost: int) -> None:
        if isinstance(client, RedisCluster):
            pytest.skip("a cluster has a pool for each node")
        self.connection_pool = self
        self.pool: Any = client.connection_pool
        self.lost = lost
        self.asked = 0

    async def get_connection(self) -> "UnsureConnection":
        return UnsureConnection(self, await self.pool.get_connection())

    async def release(self, connection: "UnsureConnection") -> None:
        await self.pool.release(connection.inner)


class UnsureConnection:
    def __init__(self, unsure: Unsure, inner: Any) -> None:
        self.unsure = unsure
        self.inner = inner

    async def send_command(self, *command: Any) -> None:
        await self.inner.send_command(*command)

    async def read_response(self) -> Any:
        reply = await self.inner.read_response()
        self.unsure.asked += 1
        if self.unsure.asked <= self.unsure.lost:
            raise ConnectionResetError("gone")
        return reply

    async def disconnect(self, nowait: bool) -> None:
        await self.inner.disconnect(nowait)


async def test_a_lost_answer_is_asked_for_again(book: Book, client: Client, keys: Keys) -> None:
    unsure = Unsure(client, lost=2)
    outcome = await book.writer(keys, unsure).commit(made(event("opened", 5)), DEVICE)  # type: ignore[arg-type]
    assert (outcome, unsure.asked) == (COUNTED, 3)
    assert (await book.counts())["all"] == 5


async def test_within_the_budget_or_pending(book: Book, client: Client, keys: Keys) -> None:
    unsure = Unsure(client, lost=1000)
    one = made(event("opened", 5))
    assert await book.writer(keys, unsure, 0.12).commit(one, DEVICE) == PENDING  # type: ignore[arg-type]
    assert await book.commit(one) == COUNTED
    assert (await book.counts())["all"] == 5


async def test_a_store_that_is_away_is_pending(keys: Keys) -> None:
    away = open_client("unix:///nowhere/store.sock")
    assert await Book(away, keys).writer(keys, away, 0.1).commit(made(), DEVICE) == PENDING
    await away.aclose()


async def test_the_answer_of_a_slow_store_is_nobody_elses(book: Book, client: Client, keys: Keys) -> None:
    if type(client) is not Client:
        pytest.skip("the fake store cannot pause")
    first, second = made(event("opened", 2)), made(event("opened", 3))
    await client.execute_command("CLIENT", "PAUSE", 400)  # type: ignore[no-untyped-call]
    assert await book.writer(keys, client, 0.1).commit(first, DEVICE) == PENDING
    await asyncio.sleep(0.4)
    assert await book.commit(second) == COUNTED
    assert await book.commit(first) == COUNTED
    assert (await book.counts())["all"] == 5
