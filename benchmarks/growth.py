"""What grows with the number of apps, admins, cells and days: processor time here and of the store."""

import datetime as dt
import gc
import random
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from months import ADMIN, Month, fill, releases
from redis import Redis

from telemetry_counter.accounts.snapshot import AppRecord, Snapshot
from telemetry_counter.accounts.tokens import new_token, token_digest
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, build_check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.releases.release import Release, release_from_input, to_json
from telemetry_counter.reporting.history import DayRecord
from telemetry_counter.reporting.selection import Filters, Selection, dates
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import AdminKeys, Keys, day_stamp
from telemetry_counter.store.ledger import REVISION
from telemetry_counter.store.reading.reports import build_report
from telemetry_counter.store.registry import Registry

HITS_A_COMMIT = 48
"""As many as a worker under load gathers."""

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FIELDS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time, of one time that something was done."""

    own_us: float
    store_us: float

    def __str__(self) -> str:
        return f"{readable(self.own_us)} + {readable(self.store_us)}"


def readable(us: float) -> str:
    return f"{us:,.0f} us" if us < 9_950 else f"{us / 1000:,.0f} ms"


@dataclass(slots=True)
class Bench:
    """A store that is empty at first, and what measures on it."""

    client: Client
    store: Redis
    keys: Keys
    times: float
    """1 for a measure, less for a mere check that all runs."""

    async def cost(self, work: Callable[[], Awaitable[object]], times: int, warm: int = 1) -> Cost:
        for _ in range(warm):
            await work()
        times = max(1, int(times * self.times))
        gc.collect()
        begun = time.process_time(), self._cpu_seconds()
        for _ in range(times):
            await work()
        ended = time.process_time(), self._cpu_seconds()
        return Cost(*((after - before) / times * 1e6 for before, after in zip(begun, ended, strict=True)))

    def _cpu_seconds(self) -> float:
        told = self.store.info("cpu")
        return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])

    @property
    def own(self) -> AdminKeys:
        return self.keys.admin(ADMIN)

    @property
    def registry(self) -> Registry:
        return Registry(self.client, self.keys)

    async def snapshot(self) -> Snapshot:
        return await self.registry.refresh(Snapshot())


@contextmanager
def bench(directory: Path, times: float) -> Iterator[Callable[[], Bench]]:
    """Makes benches, each with keys of its own."""
    numbers = count(1)
    with EmbeddedStore(directory) as embedded, Redis.from_url(embedded.url, socket_timeout=60) as store:
        client = open_client(embedded.url, answer_seconds=60)
        yield lambda: Bench(client, store, Keys(f"b{next(numbers)}:"), times)


def register(store: Redis, keys: Keys, admin: str, apps: int) -> None:
    """An admin with so many apps, each with one release, past the registry: it takes one change at a time."""
    own, names = keys.admin(admin), [app_name(number) for number in range(apps)]
    record = msgspec.json.encode(AppRecord(created=LONG_AGO))
    for start in range(0, apps, FIELDS_AT_ONCE):
        some = names[start : start + FIELDS_AT_ONCE]
        store.hset(own.apps, mapping=dict.fromkeys(some, record))
        store.hset(own.releases, mapping={one.id: to_json(one) for one in map(a_release, some)})
    token = {"admin": admin, "id": "1", "created": LONG_AGO}
    store.hset(own.tokens, token_digest(new_token()), msgspec.json.encode(token))
    store.hincrby(keys.admins, admin, 1)
    store.hincrby(keys.admins, REVISION, 1)


def app_name(number: int) -> str:
    return f"app{number}"


def a_release(app: str, version: str = "1.0") -> Release:
    packages = {"": f"https://downloads.example.org/{app}-{version}.zip"}
    return release_from_input(app=app, version=version, published=LONG_AGO, packages=packages)


async def by_apps(of: Bench, apps: int) -> dict[str, str]:
    """One admin with so many apps."""
    register(of.store, of.keys, ADMIN, apps)
    be_active(of, apps)
    first = await of.cost(of.snapshot, 1, warm=0)
    known, size = await sized(of)
    measured = {
        "start": first,
        "refresh, nothing new": await of.cost(lambda: of.registry.refresh(known), 400),
        "refresh, one release new": await changed(of, known),
        "commit": await commits(of, apps, cells=1),
        "report, one app, today": await of.cost(lambda: report(of, known, 1, 1), 20),
        "report, one app, month": await of.cost(lambda: report(of, known, 1, 31), 5),
        "report, all apps, today": await of.cost(lambda: report(of, known, apps, 1), 2),
    }
    return {"memory": f"{size / 1e6:.1f} MB"} | {name: str(cost) for name, cost in measured.items()}


def be_active(of: Bench, apps: int) -> None:
    """Every app had one check on each day of a month, as far as the list of active apps tells."""
    now = dt.datetime.now(dt.UTC).date()
    active: Any = dict.fromkeys(map(app_name, range(apps)), b"1")
    for day in dates(now - dt.timedelta(days=30), now):
        of.store.hset(of.own.active_apps(day), mapping=active)
        of.store.hset(of.own.history, day_stamp(day), msgspec.json.encode(DayRecord()))


async def sized(of: Bench) -> tuple[Snapshot, int]:
    """A snapshot as a service holds it, and the memory it takes."""
    gc.collect()
    tracemalloc.start()
    known = await of.snapshot()
    known.next_change(LONG_AGO)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return known, size


async def changed(of: Bench, known: Snapshot) -> Cost:
    """What a service does for one release of one app: the publishing itself is not counted."""
    versions, state = count(2), [known]
    spent = []
    for _ in range(max(1, int(4 * of.times))):
        await of.registry.publish(ADMIN, a_release(app_name(0), f"1.{next(versions)}"))

        async def refresh() -> None:
            state[0] = await of.registry.refresh(state[0])
            state[0].next_change(LONG_AGO)

        spent.append(await of.cost(refresh, 1, warm=0))
    return min(spent, key=lambda cost: cost.own_us)


async def commits(of: Bench, apps: int, cells: int) -> Cost:
    """Of 48 hits of new devices, of one app and of any of the cells."""
    rng, numbers = random.Random(apps * cells), count(1)
    sender = Commits(of.client, of.keys, Limits(), UtcDay())
    kinds = list(range(cells))

    async def commit() -> None:
        batch = Batch(ADMIN, UtcDay().today())
        batch.number = next(numbers)
        app = app_name(rng.randrange(apps))
        for _ in range(HITS_A_COMMIT):
            batch.add(cell_of(app, rng.choice(kinds)), rng.randbytes(8))
        await sender.send(batch)

    return await of.cost(commit, 300, warm=20)


def cell_of(app: str, number: int) -> Cell:
    """Of up to 2,048: 32 versions, 8 platforms, 4 archs, 2 channels."""
    kinds = {
        "version": number % 32,
        "platform": number // 32 % 8,
        "arch": number // 256 % 4,
        "channel": number // 1024,
    }
    values = {name: f"{name[0]}{value}" for name, value in kinds.items()}
    return Cell(build_check({"owner": ADMIN, "app_name": app} | values))


async def report(of: Bench, known: Snapshot, apps: int, days: int, platform: str = "") -> object:
    now = dt.datetime.now(dt.UTC)
    admin = known.admins[ADMIN]
    span = dates(now.date() - dt.timedelta(days=days - 1), now.date())
    filters = Filters(platforms=(platform,) if platform else ())
    selection = Selection(tuple(span), tuple(sorted(admin.apps)[:apps]), filters)
    return await build_report(of.client, of.keys, admin, selection, now)


async def by_admins(of: Bench, admins: int) -> dict[str, str]:
    """So many admins with one app each."""
    for number in range(admins - 1):
        register(of.store, of.keys, f"admin{number}", 1)
    register(of.store, of.keys, ADMIN, 1)
    known, size = await sized(of)
    measured = {
        "start": await of.cost(of.snapshot, 1, warm=0),
        "refresh, nothing new": await of.cost(lambda: of.registry.refresh(known), 400),
        "refresh, one release new": await changed(of, known),
        "commit": await commits(of, 1, cells=1),
    }
    return {"memory": f"{size / 1e6:.1f} MB"} | {name: str(cost) for name, cost in measured.items()}


async def by_cells(of: Bench, cells: int) -> dict[str, str]:
    """One app with so many cells a day."""
    register(of.store, of.keys, ADMIN, 1)
    known = await of.snapshot()
    await fill_cells(of, cells)
    measured = {
        "commit": await commits(of, 1, cells),
        "report, today": await of.cost(lambda: report(of, known, 1, 1), 20),
        "report, today, filtered": await of.cost(lambda: report(of, known, 1, 1, "p0"), 20),
    }
    return {name: str(cost) for name, cost in measured.items()}


async def fill_cells(of: Bench, cells: int) -> None:
    batch = Batch(ADMIN, UtcDay().today())
    for number in range(cells):
        batch.add(cell_of(app_name(0), number), random.randbytes(8))
    sender = Commits(of.client, of.keys, Limits(), UtcDay())
    for number, part in enumerate(batch.split(), start=1):
        part.number = number
        await sender.send(part)


async def by_days(of: Bench, days: int) -> dict[str, str]:
    """One app with 768 cells on every day of a month; a report of so many."""
    month = Month(devices_a_day=4_000 if of.times == 1 else 800, today=dt.datetime.now(dt.UTC).date())
    fill(of.store, of.keys, month, app_name(0))
    register(of.store, of.keys, ADMIN, 1)
    for release in releases(month, app_name(0)):
        await of.registry.publish(ADMIN, release)
    known = await of.snapshot()
    measured = {
        "report, the first": await of.cost(lambda: report(of, known, 1, days), 1, warm=0),
        "report, then": await of.cost(lambda: report(of, known, 1, days), 20),
    }
    return {name: str(cost) for name, cost in measured.items()}
