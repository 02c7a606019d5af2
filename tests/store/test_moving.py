"""An admin from one real store into another: Valkey to Redis, and back."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from stores import CLUSTER, REDIS, VALKEY, serving

from telemetry_counter.accounts.snapshot import Snapshot, TeamUser
from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.counting.checks import Cell, build_check
from telemetry_counter.counting.clock import UtcDay, expires_at
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.counting.outcomes import COUNTED, Reason
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.summary import Event, Summary
from telemetry_counter.moving.comparison import compare
from telemetry_counter.moving.records import Log, Record, Row, Service, Sketches
from telemetry_counter.releases.release import release_from_input
from telemetry_counter.reporting.selection import Reach, dates
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.event_batches import EventBatches
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.moving.measuring import measure
from telemetry_counter.store.moving.reading import Outgoing
from telemetry_counter.store.moving.writing import Incoming
from telemetry_counter.store.registry import Registry

pytestmark = pytest.mark.anyio

OWNER, DAYS_KEPT = "acme", 30
KEYS, ELSEWHERE = Keys("here:"), Keys("there:")
NOW = dt.datetime.now(dt.UTC)
TODAY = NOW.date()
DAYS = dates(TODAY - dt.timedelta(days=DAYS_KEPT), TODAY)
BUSY = (DAYS[0], DAYS[-2], DAYS[-1])
MANY, FEW = 3_000, 40
LOGGED = 250
REGISTERED = ["admin_created", "user_added", "app_created", "app_created", "release_published"]
SUMMARY = Summary(
    "editor", "1.0", DAYS[-2], uuid4(), (Event("opened", 7, {"from": {"menu": 7}}),), owner=OWNER
)


@dataclass(frozen=True, slots=True)
class Moved:
    """Two stores; the first is filled, and `records` were read of it."""

    source: str
    target: str
    records: list[Record]


ROUTES = {
    "to-redis": (VALKEY, REDIS),
    "to-valkey": (REDIS, VALKEY),
    "to-cluster": (VALKEY, CLUSTER),
    "from-cluster": (CLUSTER, REDIS),
}


@pytest.fixture(scope="module", params=ROUTES.values(), ids=list(ROUTES))
def moved(request: pytest.FixtureRequest) -> Iterator[Moved]:
    with server(request.param[0]) as source, server(request.param[1]) as target:
        yield Moved(source, target, asyncio.run(filled(source)))


@contextmanager
def server(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory, serving(kind, Path(directory)) as url:
        yield url


async def filled(url: str) -> list[Record]:
    client = open_client(url)
    await fill(client)
    records = await read(client)
    await client.aclose()
    return records


@pytest.fixture
def records(moved: Moved) -> list[Record]:
    return moved.records


@pytest.fixture
async def source(moved: Moved, anyio_backend: str) -> AsyncIterator[Client]:
    """Only to be read."""
    client = open_client(moved.source)
    yield client
    await client.aclose()


@pytest.fixture
async def target(moved: Moved, anyio_backend: str) -> AsyncIterator[Client]:
    client = open_client(moved.target)
    await client.flushall()
    yield client
    await client.aclose()


async def fill(client: Client) -> None:
    registry = Registry(client, KEYS)
    await registry.create_admin(OWNER)
    await registry.add_team_user(OWNER, "alice", TeamUser(apps=frozenset({"editor"})))
    await registry.create_app(OWNER, "site")
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    packages = {"": "https://e.org/editor.zip"}
    await registry.publish(
        OWNER, release_from_input(app="editor", version="1.1", published=long_ago, packages=packages)
    )
    clock = UtcDay()
    commits = Commits(client, KEYS, Limits(), clock)
    for number, day in enumerate(BUSY):
        batch = day_of_hits(day, MANY if number else FEW)
        for part_number, part in enumerate(batch.split(), start=1):
            part.number = number * 1_000 + part_number
            await commits.send(part)
    events = EventBatches(client, KEYS, Limits(), clock, budget_seconds=5)
    assert await events.commit(SUMMARY, b"device-1") == COUNTED
    await client.hset(KEYS.admin(OWNER).history, "20200101", '{"every":{"requests":3}}')
    await client.hset(KEYS.counting, "20200101", "1")
    await registry.note_import("digest")
    for number in range(LOGGED):
        await registry.set_public(OWNER, "site", number % 2 == 0, by="alice")


def day_of_hits(day: dt.date, devices: int) -> Batch:
    batch, hasher = Batch(OWNER, day), DeviceHasher(b"secret")
    for number in range(devices):
        check = {
            "owner": OWNER,
            "app_name": "editor",
            "version": f"1.{number % 2}",
            "platform": f"os{number % 5}",
        }
        batch.add(Cell(build_check(check)), hasher.hash(OWNER, b"%d" % number))
        pages = [
            Value("site", "w", "", "all", 0, True),
            Value("site", "w", "p:", f"/å/{number % 9}", 99, True),
        ]
        batch.add_values(pages, hasher.hash("visitors", b"%d" % number))
    batch.refuse("editor", Reason.NO_DEVICE, 4)
    return batch


async def read(client: Client) -> list[Record]:
    outgoing = Outgoing(client, KEYS, OWNER)
    apps = await Registry(client, KEYS).apps(OWNER)
    records = [record async for record in outgoing.registered()]
    for day in DAYS:
        records += [record async for record in outgoing.counted(day, apps)]
    return records + [record async for record in outgoing.summaries(NOW)]


def incoming(client: Client) -> Incoming:
    return Incoming(client, ELSEWHERE, OWNER, Reach(TODAY, DAYS_KEPT))


async def arrive(client: Client, records: list[Record], digest: str = "digest") -> None:
    way = incoming(client)
    await way.begin(digest, NOW)
    await way.write(records)
    await way.enlist(digest, NOW)


async def figures(client: Client, keys: Keys) -> list[Row]:
    return await measure(client, keys, await Registry(client, keys).unlisted(OWNER), DAYS, NOW)


async def contents(client: Client, keys: Keys) -> dict[str, object]:
    """All keys of the admin that are moved, by their names without the prefix."""
    found: dict[str, object] = {}
    begin = keys.admin(OWNER).stem
    for key in [key.decode() async for key in client.scan_iter(begin + "*")]:
        name = key.removeprefix(begin)
        match await client.type(key):
            case b"string":
                found[name] = uncounted(await client.get(key))
            case b"hash":
                found[name] = await client.hgetall(key)
            case b"set":
                found[name] = await client.smembers(key)
            case b"list":
                found[name] = await client.lrange(key, 0, -1)
    return {
        name: of
        for name, of in found.items()
        if not name.startswith(("arrival", "writer", "roll", "scratch"))
    }


def uncounted(content: object) -> bytes:
    """A sketch without the number that the server notes in it whenever it counts."""
    assert isinstance(content, bytes)
    return content[:8] + content[16:] if content.startswith(b"HYLL") else content


async def test_everything_arrives_as_it_was(source: Client, target: Client, records: list[Record]) -> None:
    before = await contents(source, KEYS)
    await arrive(target, records)
    assert await contents(target, ELSEWHERE) == before
    assert any(":u:x:" in name for name in before)
    assert any(":wu:p:/å/" in name for name in before)
    assert any(":eu:pv:" in name for name in before)
    assert {"apps", "releases", "tokens", "team", "history", "revisions", "log"} <= before.keys()


async def test_the_reports_say_the_same(source: Client, target: Client, records: list[Record]) -> None:
    before = await figures(source, KEYS)
    await arrive(target, records)
    compared = compare(before, await figures(target, ELSEWHERE))
    assert [one for one in compared if not one.is_same] == []
    said = {(row.what, row.first, row.last): row.value for row in before}
    assert said["Requests", DAYS[0], TODAY] == 2 * MANY + FEW
    assert abs(said["Devices", DAYS[0], TODAY] - MANY) < 0.03 * MANY
    assert said["Page views", DAYS[0], TODAY] == 2 * MANY + FEW
    assert (said["Events", DAYS[0], TODAY], said["Devices with events", DAYS[0], TODAY]) == (7, 1)
    assert (
        said["Tokens", None, None],
        said["Releases", None, None],
        said["Days of history", None, None],
    ) == (2, 1, 1)


async def test_the_log_goes_on_where_it_ended(source: Client, target: Client, records: list[Record]) -> None:
    await arrive(target, records)
    registry = Registry(target, ELSEWHERE)
    before = await Registry(source, KEYS).log(OWNER)
    assert await registry.log(OWNER) == before
    assert len(before) == LOGGED + len(REGISTERED)
    assert [one.did for one in before[LOGGED:]] == REGISTERED[::-1]
    await registry.set_public(OWNER, "site", True, by="bob")
    newest, *rest = await registry.log(OWNER)
    assert (newest.by, newest.did, newest.of) == ("bob", "app_made_public", "site")
    assert rest == before


async def test_a_file_without_a_log_is_one_of_an_empty_log(target: Client, records: list[Record]) -> None:
    way = incoming(target)
    await way.begin("digest", NOW)
    await way.write(records)
    await arrive(target, [one for one in records if not isinstance(one, Log)], digest="older")
    assert await Registry(target, ELSEWHERE).log(OWNER) == []
    assert await Registry(target, ELSEWHERE).apps(OWNER) == ["editor", "site"]


async def test_a_log_that_is_not_ours_is_left_alone(target: Client) -> None:
    key = ELSEWHERE.admin(OWNER).log
    await target.rpush(key, "somebody's")
    with pytest.raises(InvalidInput, match="not listed"):
        await incoming(target).begin("digest", NOW)
    assert await target.lrange(key, 0, -1) == [b"somebody's"]


async def test_a_device_that_comes_back_is_the_same(target: Client, records: list[Record]) -> None:
    await arrive(target, records)
    key = ELSEWHERE.admin(OWNER).sketch(TODAY, "editor", "all")
    before = await target.pfcount(key)
    hasher = DeviceHasher(b"secret")
    await target.pfadd(key, *(hasher.hash(OWNER, b"%d" % number) for number in range(MANY)))
    assert await target.pfcount(key) == before
    await target.pfadd(key, *(hasher.hash(OWNER, b"new %d" % number) for number in range(MANY)))
    assert await target.pfcount(key) > 1.9 * before


async def test_what_expires_expires_with_its_day(
    source: Client, target: Client, records: list[Record]
) -> None:
    await arrive(target, records)
    own, there = ELSEWHERE.admin(OWNER), KEYS.admin(OWNER)
    for day in BUSY:
        for key in (own.counters(day, "editor"), own.cells(day, "editor"), own.sketch(day, "editor", "all")):
            assert await target.expiretime(key) == expires_at(day, DAYS_KEPT)
        assert await target.expiretime(own.active_apps(day)) == expires_at(day, DAYS_KEPT)
    lasting = [own.apps, own.releases, own.tokens, own.team, own.history, own.log, own.arrival]
    assert {await target.expiretime(key) for key in lasting} == {-1}
    batch = next(name for name in await contents(source, KEYS) if name.startswith("event-batches"))
    assert await target.expiretime(own.stem + batch) == await source.expiretime(there.stem + batch)


async def test_a_shorter_retention_takes_the_days_it_keeps(target: Client, records: list[Record]) -> None:
    way = Incoming(target, ELSEWHERE, OWNER, Reach(TODAY, 7))
    await way.begin("digest", NOW)
    await way.write(records)
    own = ELSEWHERE.admin(OWNER)
    assert not await target.exists(own.counters(BUSY[0], "editor"))
    assert await target.expiretime(own.counters(BUSY[1], "editor")) == expires_at(BUSY[1], 7)


async def test_nobody_sees_the_admin_before_it_is_whole(target: Client, records: list[Record]) -> None:
    way, registry = incoming(target), Registry(target, ELSEWHERE)
    await way.begin("digest", NOW)
    await way.write(records)
    assert (await registry.refresh(Snapshot())).admins == {}
    assert not await way.is_listed()
    await way.enlist("digest", NOW)
    snapshot = await registry.refresh(Snapshot())
    assert snapshot.admins[OWNER].apps.keys() == {"editor", "site"}
    arrival = await way.arrival()
    assert arrival is not None
    assert arrival.whole


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_a_run_that_broke_off_is_repeated(
    source: Client, target: Client, records: list[Record], part: float
) -> None:
    way = incoming(target)
    await way.begin("digest", NOW)
    await way.write(records[: int(part * len(records))])
    await arrive(target, records)
    assert await contents(target, ELSEWHERE) == await contents(source, KEYS)


async def test_nothing_of_another_file_that_broke_off_is_left(
    source: Client, target: Client, records: list[Record]
) -> None:
    way = incoming(target)
    await way.begin("digest", NOW)
    await way.write(records)
    kept = [one for one in records if not isinstance(one, Sketches) or one.day != BUSY[1]]
    await arrive(target, kept, digest="another")
    before = await contents(source, KEYS)
    gone = {name for name in before if f"{BUSY[1]:%Y%m%d}:" in name and "u:" in name}
    assert len(gone) > 10
    assert (await contents(target, ELSEWHERE)).keys() == before.keys() - gone


async def test_what_is_not_ours_is_left_alone(target: Client) -> None:
    key = ELSEWHERE.admin(OWNER).active_apps(TODAY)
    await target.set(key, "somebody's")
    with pytest.raises(InvalidInput, match="not listed"):
        await incoming(target).begin("digest", NOW)
    assert await target.get(key) == b"somebody's"
    assert await contents(target, ELSEWHERE) == {f"{TODAY:%Y%m%d}:apps": b"somebody's"}
    assert not await target.exists(ELSEWHERE.admin(OWNER).arrival)


async def test_a_summary_that_is_sent_again_counts_once(target: Client, records: list[Record]) -> None:
    await arrive(target, records)
    events = EventBatches(target, ELSEWHERE, Limits(), UtcDay(), budget_seconds=5)
    assert await events.commit(SUMMARY, b"device-1") == COUNTED
    assert await target.hget(ELSEWHERE.admin(OWNER).events(SUMMARY.day, "editor"), "all") == b"7"


async def test_what_the_service_knows_goes_along(source: Client, target: Client) -> None:
    way = incoming(target)
    known = await Outgoing(source, KEYS, OWNER).service()
    assert known.days == ["20200101"]
    await way.write_service(known, with_days=False)
    assert await target.hkeys(ELSEWHERE.counting) == []
    await way.write_service(Service(days=known.days, imports={"digest": "1"}), with_days=True)
    assert await target.hkeys(ELSEWHERE.counting) == [b"20200101"]
    assert await target.hget(ELSEWHERE.imports, "digest") == known.imports["digest"].encode()
