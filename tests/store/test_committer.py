"""The way of a hit from the route to its commit, with a store that fails in every way."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable
from typing import cast

import pytest

from telemetry_counter.counting.batch import MAX_ENTRIES, SUM_BYTES, Batch, Value
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.outcomes import COUNTED, DROPPED, PENDING, Reason
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store import complaints
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.committer import Committer, pauses
from telemetry_counter.store.committing.pending import PendingBatch
from telemetry_counter.store.committing.scripts import CommitRefused, Limits, Unwritten
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

LOST = DROPPED[Reason.STORE_UNAVAILABLE]
NOON = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC).timestamp()


def cell(version: str = "1.0", app: str = "editor", owner: str = "acme") -> Cell:
    return Cell(Check(owner, app, version, "stable", "linux", "amd64", "", ""))


def page(path: str = "/") -> list[Value]:
    return [Value("docs", "w", "", "all", 0, True), Value("docs", "w", "p:", path, 10, True)]


def device(number: int) -> bytes:
    return number.to_bytes(8, "big")


class Sink:
    """A store in memory. It can be shut, and fail a number of times first."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.failures: list[Exception] = []
        self.unwritten: list[Unwritten] = []
        self.batches: list[Batch] = []
        self.attempts: list[int] = []

    async def send(self, batch: Batch) -> list[Unwritten]:
        self.attempts.append(batch.number)
        await self.open.wait()
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append(batch)
        return self.unwritten

    def requests(self, day: dt.date | None = None) -> Counter[str]:
        counted: Counter[str] = Counter()
        for batch in self.batches:
            if day in (None, batch.day):
                for key, one in batch.cells.items():
                    counted[key] += one.requests
        return counted

    def refusals(self) -> Counter[tuple[str, Reason]]:
        return sum((Counter(batch.refusals) for batch in self.batches), Counter())


class Time:
    """A clock that is set by hand."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sink(anyio_backend: str) -> Sink:
    return Sink()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def committer(sink: Sink, time: Time, monkeypatch: pytest.MonkeyPatch) -> Committer:
    monkeypatch.setattr("telemetry_counter.store.committing.committer.RETRY_SECONDS", (0.001, 0.002))
    return Committer(sink.send, UtcDay(time), budget_seconds=0.05, buffer_bytes=1_000_000)


def taken(batch: PendingBatch | None) -> PendingBatch:
    assert batch is not None
    return batch


async def test_a_hit_is_counted_when_its_batch_is_committed(committer: Committer, sink: Sink) -> None:
    sink.open.clear()
    outcome = taken(committer.count(cell(), device(1))).outcome
    await asyncio.sleep(0.01)
    assert not outcome.done()

    sink.open.set()

    assert await outcome == COUNTED
    assert sink.requests() == {cell().key: 1}


async def test_hits_gather_while_a_commit_is_on_its_way(committer: Committer, sink: Sink) -> None:
    sink.open.clear()
    first = taken(committer.count(cell(), device(0)))
    await asyncio.sleep(0)
    others = [taken(committer.count(cell(), device(n))) for n in range(1, 100)]
    sink.open.set()

    assert {await batch.outcome for batch in (first, *others)} == {COUNTED}
    assert [batch.cells[cell().key].requests for batch in sink.batches] == [1, 99]


async def test_one_commit_of_an_admin_is_on_its_way_at_a_time(committer: Committer, sink: Sink) -> None:
    sink.open.clear()
    for owner in ("acme", "apex", "acme", "apex"):
        committer.count(cell(owner=owner), device(1))
        await asyncio.sleep(0)

    assert sink.attempts == [1, 1]
    sink.open.set()
    await committer.drain(1)
    assert [batch.admin for batch in sink.batches] == ["acme", "apex", "acme", "apex"]


async def test_past_the_budget_a_hit_is_pending_and_stays(committer: Committer, sink: Sink) -> None:
    sink.open.clear()
    started = asyncio.get_running_loop().time()
    batch = taken(committer.count(cell(), device(1)))

    assert await batch.outcome == PENDING
    assert 0.04 < asyncio.get_running_loop().time() - started < 0.2

    sink.open.set()
    await committer.drain(1)
    assert sink.requests() == {cell().key: 1}
    assert await batch.outcome == PENDING


async def test_a_batch_is_tried_until_the_store_takes_it(committer: Committer, sink: Sink) -> None:
    sink.failures = [StoreUnavailable("away")] * 5
    outcome = taken(committer.count(cell(), device(1))).outcome

    assert await outcome == COUNTED
    assert sink.attempts == [1] * 6
    assert sink.requests() == {cell().key: 1}


async def test_an_outage_is_logged_and_a_connection_that_was_lost_is_not(
    committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaints, "RELAPSE_SECONDS", 0.0)
    lines = []
    for failures in (1, 3, 1, 2):
        sink.failures = [StoreUnavailable("away")] * failures
        assert await taken(committer.count(cell(), device(1))).outcome == COUNTED
        await asyncio.sleep(0.01)
        lines.append(sum("Hits are kept" in record.getMessage() for record in caplog.records))

    assert lines == [0, 1, 1, 2]


async def test_it_is_stuck_while_the_store_does_not_take_a_batch(committer: Committer, sink: Sink) -> None:
    sink.failures = [StoreUnavailable("away")]
    batch = taken(committer.count(cell(), device(1)))
    assert not committer.is_stuck

    while sink.failures:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert committer.is_stuck

    assert await batch.outcome == COUNTED
    assert not committer.is_stuck


async def test_numbers_rise_within_an_admin(committer: Committer, sink: Sink) -> None:
    for _ in range(3):
        await taken(committer.count(cell(), device(1))).outcome
    await taken(committer.count(cell(owner="apex"), device(1))).outcome

    assert sink.attempts == [1, 2, 3, 1]


def test_pauses_between_tries_grow_to_a_second_and_never_end() -> None:
    waits = pauses()
    assert [next(waits) for _ in range(8)] == [0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0, 1.0]


class TestABufferThatIsFull:
    @pytest.fixture
    def committer(self, sink: Sink, time: Time, monkeypatch: pytest.MonkeyPatch) -> Committer:
        monkeypatch.setattr("telemetry_counter.store.committing.committer.RETRY_SECONDS", (0.001,))
        return Committer(sink.send, UtcDay(time), budget_seconds=0.02, buffer_bytes=10 * SUM_BYTES)

    async def test_it_drops_counts_and_recovers(
        self, committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture
    ) -> None:
        sink.open.clear()
        batches = [committer.count(cell(f"1.{n}"), device(n)) for n in range(25)]
        assert [batch is None for batch in batches] == [False] * 10 + [True] * 15
        assert committer.buffered_bytes == 10 * (SUM_BYTES + 8)
        assert committer.count_values("acme", "docs", page(), device(1)) is None

        sink.open.set()
        assert {await batch.outcome for batch in batches if batch} == {COUNTED}
        assert committer.buffered_bytes == 0
        assert await taken(committer.count(cell("2.0"), device(1))).outcome == COUNTED

        assert sink.requests() == dict.fromkeys(
            [cell(f"1.{n}").key for n in range(10)] + [cell("2.0").key], 1
        )
        assert sink.refusals() == {
            ("editor", Reason.STORE_UNAVAILABLE): 15,
            ("docs", Reason.STORE_UNAVAILABLE): 1,
        }

    async def test_it_is_logged_once_a_minute_with_the_sum(
        self,
        committer: Committer,
        sink: Sink,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(complaints, "INTERVAL_SECONDS", 0.05)
        sink.open.clear()
        for n in range(25):
            committer.count(cell(f"1.{n}"), device(n))
        assert logged(caplog, "dropped") == [1]

        await asyncio.sleep(0.08)
        assert logged(caplog, "dropped") == [1, 14]

        sink.open.set()
        await committer.drain(1)

    async def test_what_is_not_logged_yet_is_logged_at_the_end(
        self, committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture
    ) -> None:
        sink.open.clear()
        for n in range(25):
            committer.count(cell(f"1.{n}"), device(n))
        sink.open.set()
        await committer.drain(1)

        assert logged(caplog, "dropped") == [1, 14]

    async def test_known_cells_without_devices_always_have_room(
        self, committer: Committer, sink: Sink
    ) -> None:
        sink.open.clear()
        for _ in range(10_000):
            taken(committer.count(cell(), b""))
        assert committer.buffered_bytes == SUM_BYTES

        sink.open.set()
        await committer.drain(1)
        assert sink.requests() == {cell().key: 10_000}


def logged(caplog: pytest.LogCaptureFixture, word: str) -> list[int]:
    """The first numbers of the log lines that hold the word."""
    lines = [record.getMessage() for record in caplog.records]
    return [int(line.split()[0]) for line in lines if word in line]


class TestACommitThatFailsForGood:
    @pytest.mark.parametrize("error", [CommitRefused("no"), RuntimeError("a defect")])
    async def test_its_hits_are_dropped_counted_and_logged(
        self, committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture, error: Exception
    ) -> None:
        sink.failures = [error]
        batches = [committer.count(cell("1.0"), device(n)) for n in range(3)]
        batches.append(committer.count_values("acme", "docs", page(), device(1)))

        assert {await taken(batch).outcome for batch in batches} == {LOST}
        await committer.drain(1)
        assert sink.requests() == {}
        assert sink.refusals() == {
            ("editor", Reason.STORE_UNAVAILABLE): 3,
            ("docs", Reason.STORE_UNAVAILABLE): 1,
        }
        assert committer.buffered_bytes == 0
        assert logged(caplog, "could not be counted") == [4]

    async def test_the_batches_after_it_are_counted(self, committer: Committer, sink: Sink) -> None:
        sink.failures = [RuntimeError("a defect")]
        first = taken(committer.count(cell(), device(1)))
        await asyncio.sleep(0)
        second = taken(committer.count(cell(), device(2)))

        assert (await first.outcome, await second.outcome) == (LOST, COUNTED)
        assert await taken(committer.count(cell(), device(3))).outcome == COUNTED

    async def test_its_refusals_are_not_tried_for_ever(self, committer: Committer, sink: Sink) -> None:
        sink.failures = [CommitRefused("no")] * 2
        await taken(committer.count(cell(), device(1))).outcome

        assert await committer.drain(1) == 0
        assert sink.attempts == [1, 2]
        assert sink.batches == []

    async def test_parts_that_were_committed_stay_counted(self, committer: Committer, sink: Sink) -> None:
        sink.open.clear()
        committer.count(cell("0.1"), device(0))
        await asyncio.sleep(0)
        for n in range(2 * MAX_ENTRIES):
            batch = committer.count(cell("1.0"), device(n))
        sink.failures = [StoreUnavailable("not yet")]
        sink.open.set()
        while len(sink.batches) < 2:
            await asyncio.sleep(0)
        sink.failures = [CommitRefused("no")]

        assert await taken(batch).outcome == LOST
        await committer.drain(1)
        counted = sink.requests()[cell("1.0").key]
        assert 0 < counted < 2 * MAX_ENTRIES
        assert sink.refusals() == {("editor", Reason.STORE_UNAVAILABLE): 2 * MAX_ENTRIES - counted}


class TestAKeyThatIsNotOurs:
    @pytest.mark.parametrize(
        "unwritten",
        [Unwritten("cell", cell("1.0").key), Unwritten("app", "editor")],
        ids=["cell", "app"],
    )
    async def test_its_hits_are_told_from_the_others(
        self, committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture, unwritten: Unwritten
    ) -> None:
        sink.unwritten = [unwritten]
        batch = taken(committer.count(cell("1.0"), device(1)))
        committer.count(cell("1.0"), device(2))
        committer.count(cell("1.0", app="player"), device(1))
        assert await batch.outcome == COUNTED

        assert batch.failed >= {cell("1.0").key}
        assert cell("1.0", app="player").key not in batch.failed
        sink.unwritten = []
        await committer.drain(1)
        assert sink.refusals() == {("editor", Reason.STORE_UNAVAILABLE): 2}
        assert logged(caplog, "could not be counted") == [2]

    async def test_values_are_named_by_their_space(self, committer: Committer, sink: Sink) -> None:
        sink.unwritten = [Unwritten("space", "docs:w")]
        batch = taken(committer.count_values("acme", "docs", page(), device(1)))
        await batch.outcome
        sink.unwritten = []
        await committer.drain(1)

        assert batch.failed == {"docs:w"}
        assert sink.refusals() == {("docs", Reason.STORE_UNAVAILABLE): 1}

    async def test_a_sketch_alone_drops_nothing(self, committer: Committer, sink: Sink) -> None:
        sink.unwritten = [Unwritten("key", "tc:{acme}:20250616:editor:u:v:1.0")]
        batch = taken(committer.count(cell("1.0"), device(1)))

        assert await batch.outcome == COUNTED
        assert batch.failed == frozenset()
        assert await committer.drain(1) == 0
        assert sink.refusals() == {}


class TestTheEnd:
    async def test_everything_taken_is_committed(self, committer: Committer, sink: Sink) -> None:
        for n in range(100):
            committer.count(cell(f"1.{n}"), device(n))
            if n % 10 == 0:
                await asyncio.sleep(0)
        committer.refuse("acme", "editor", Reason.INVALID)

        assert await committer.drain(1) == 0
        assert sink.requests().total() == 100
        assert sink.refusals() == {("editor", Reason.INVALID): 1}

    async def test_what_a_store_that_is_away_leaves_is_said(
        self, committer: Committer, sink: Sink, caplog: pytest.LogCaptureFixture
    ) -> None:
        sink.open.clear()
        batches = []
        for n in range(7):
            batches.append(taken(committer.count(cell(), device(n))))
            await asyncio.sleep(0)

        assert await committer.drain(0.02) == 7
        assert logged(caplog, "given up") == [7]
        assert {await batch.outcome for batch in batches} == {PENDING}


class TestMidnight:
    async def test_a_hit_belongs_to_the_day_it_came(
        self, committer: Committer, sink: Sink, time: Time
    ) -> None:
        sink.open.clear()
        time.now = dt.datetime(2025, 6, 16, 23, 59, 59, 999_000, tzinfo=dt.UTC).timestamp()
        before = [taken(committer.count(cell(), device(n))) for n in range(3)]
        await asyncio.sleep(0)
        before += [taken(committer.count(cell(), device(n))) for n in range(3, 5)]
        time.now = dt.datetime(2025, 6, 17, tzinfo=dt.UTC).timestamp()
        after = [taken(committer.count(cell(), device(n))) for n in range(7)]
        sink.open.set()

        assert {await batch.outcome for batch in (*before, *after)} == {COUNTED}
        assert sink.requests(dt.date(2025, 6, 16)) == {cell().key: 5}
        assert sink.requests(dt.date(2025, 6, 17)) == {cell().key: 7}
        assert [batch.day.day for batch in sink.batches] == [16, 16, 17]

    async def test_it_belongs_there_in_the_store_too(self, client: Client, keys: Keys) -> None:
        today = UtcDay().today()
        midnight = dt.datetime.combine(today, dt.time(), dt.UTC).timestamp()
        time = Time(midnight - 1)
        clock = UtcDay(time)
        committer = Committer(
            Commits(client, keys, Limits(), clock).send, clock, budget_seconds=1, buffer_bytes=1_000_000
        )
        before = [taken(committer.count(cell(), device(n))) for n in range(5)]
        time.now = midnight
        after = [taken(committer.count(cell(), device(n))) for n in range(7)]

        assert {await batch.outcome for batch in (*before, *after)} == {COUNTED}
        counted = []
        for day in (today - dt.timedelta(days=1), today):
            key = keys.admin("acme").counters(day, "editor")
            counted.append(await cast(Awaitable[bytes], client.hget(key, "all")))
        assert counted == [b"5", b"7"]


async def test_many_committers_on_one_day_lose_nothing(client: Client, keys: Keys) -> None:
    """As many workers do, each with a connection and a number of its own."""
    clock = UtcDay()

    async def work(worker: int) -> Counter[bytes]:
        commits = Commits(client, keys, Limits(), clock)
        committer = Committer(commits.send, clock, budget_seconds=10, buffer_bytes=10_000_000)
        batches = []
        for n in range(300):
            batches.append(taken(committer.count(cell(f"1.{n % 7}"), device(1000 * worker + n))))
            if n % 5 == 0:
                await asyncio.sleep(0)
        return Counter([await batch.outcome for batch in batches])

    outcomes = await asyncio.gather(*map(work, range(12)))

    assert sum(outcomes, Counter()) == {COUNTED: 3600}
    admin = keys.admin("acme")
    counters = await cast(
        Awaitable[dict[bytes, bytes]], client.hgetall(admin.counters(clock.today(), "editor"))
    )
    assert int(counters[b"all"]) == 3600
    assert sum(int(counters[b"v:1.%d" % n]) for n in range(7)) == 3600
    devices = await client.pfcount(admin.sketch(clock.today(), "editor", "all"))
    assert devices == pytest.approx(3600, rel=0.03)
