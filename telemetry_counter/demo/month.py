"""Fills a store with a made-up month, and with the plain figures of the year before it."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from telemetry_counter.accounts.snapshot import Snapshot, TeamUser
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.clock import SECONDS_A_DAY, UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.demo import past
from telemetry_counter.demo.checks import Checks
from telemetry_counter.demo.devices import Cells, Device, devices_of
from telemetry_counter.demo.events import DECLARATION, summaries_of
from telemetry_counter.demo.programs import BETA, EDITOR, PLAYER, PROGRAMS, STABLE, Program, releases_of
from telemetry_counter.demo.refusals import OUTAGE_DAYS_AGO, OUTAGE_SHARE, add_refusals
from telemetry_counter.demo.site import SITE, Site
from telemetry_counter.pages.values import Values
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.service import limits
from telemetry_counter.settings import Settings
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.event_batches import EventBatches
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.history import keep_history, write_history
from telemetry_counter.store.registry import Registry
from telemetry_counter.store.service_days import mark_day

OWNER, TEAM_USER = "demo", "mara"
DAYS, YEAR_DAYS = 31, 365
SEED = 1
GRANTS = TeamUser(
    apps=frozenset({EDITOR.name, PLAYER.name}),
    channels=frozenset({STABLE, BETA}),
    platforms=frozenset({"windows", "darwin", "linux"}),
    architectures=frozenset({"amd64", "arm64"}),
)
FIRST_HOURS_SHARE = 0.3
"""Of today's devices so many have been seen however early it is, so that there is something to look at."""

Progress = Callable[[Sequence[dt.date]], Iterable[dt.date]]


@dataclass(frozen=True, slots=True)
class Tokens:
    admin: str
    team: str


@dataclass(frozen=True, slots=True)
class Month:
    """`share`: how much of the usual numbers is made; the same seed and day make the same figures."""

    settings: Settings
    client: Client
    keys: Keys
    clock: UtcDay
    seed: int = SEED
    share: float = 1.0

    async def fill(self, progress: Progress = iter) -> Tokens:
        """Raises StoreUnavailable, and InvalidInput if it is filled already."""
        registry = Registry(self.client, self.keys)
        tokens = await self._register(registry)
        # Not the service's key: the same devices are then the same estimates in every demo.
        hasher = DeviceHasher(f"{OWNER}/{self.seed}".encode())
        devices = {one: tuple(devices_of(one, OWNER, self.seed, self.share)) for one in PROGRAMS}
        await self._count(hasher, devices, progress)
        await self._keep_history(registry, devices)
        return tokens

    async def _register(self, registry: Registry) -> Tokens:
        token = await registry.create_admin(OWNER)
        releases = [release for one in PROGRAMS for release in releases_of(one, self.clock.today())]
        await asyncio.gather(*(registry.publish(OWNER, release) for release in releases))
        await registry.create_app(OWNER, SITE)
        await registry.declare(OWNER, EDITOR.name, DECLARATION)
        await registry.set_public(OWNER, EDITOR.name, True)
        return Tokens(token, await registry.add_team_user(OWNER, TEAM_USER, GRANTS))

    async def _count(
        self, hasher: DeviceHasher, devices: dict[Program, tuple[Device, ...]], progress: Progress
    ) -> None:
        checks = [
            Checks(OWNER, one.name, some, hasher, Cells(OWNER, one.name), self.seed)
            for one, some in devices.items()
        ]
        site = Site(OWNER, Values(self.settings.value_cap), self.seed, self.share)
        store = (self.client, self.keys, limits(self.settings), self.clock)
        commits, batches = Commits(*store), EventBatches(*store, budget_seconds=60)
        numbers = count(1)
        for day in progress(self._days(DAYS)):
            batch = Batch(OWNER, day)
            days_ago, share = self._days_ago(day), self._share_counted(day)
            for one in checks:
                one.add(batch, day, days_ago, share)
            site.add(batch, day, days_ago, 23 if days_ago else self._hour())
            add_refusals(batch, day, days_ago, 1 if days_ago else share, self.seed)
            for part in batch.split():
                part.number = next(numbers)
                await commits.send(part)
            await self._count_events(batches, hasher, devices[EDITOR], day)

    async def _count_events(
        self, batches: EventBatches, hasher: DeviceHasher, devices: Sequence[Device], day: dt.date
    ) -> None:
        days_ago, share = self._days_ago(day), self._share_counted(day)
        summaries = summaries_of(OWNER, EDITOR.name, devices, day, days_ago, share, self.seed)
        await asyncio.gather(
            *(batches.commit(one, hasher.hash(OWNER, device.id)) for device, one in summaries)
        )

    async def _keep_history(self, registry: Registry, devices: dict[Program, tuple[Device, ...]]) -> None:
        today = self.clock.today()
        older = past.records(devices, today, range(DAYS, YEAR_DAYS + 1), self.seed)
        await write_history(self.client, self.keys.admin(OWNER), older)
        for day in self._days(YEAR_DAYS):
            await mark_day(self.client, self.keys, day)
        admin = (await registry.refresh(Snapshot())).admins[OWNER]
        reach = Reach(today, self.settings.retention_days)
        await keep_history(self.client, self.keys, admin, reach, self.settings.history_days, self.now)

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.now(), dt.UTC)

    def _days(self, number: int) -> list[dt.date]:
        """The last so many, today the last of them."""
        today = self.clock.today()
        return [today - dt.timedelta(days=ago) for ago in reversed(range(number))]

    def _days_ago(self, day: dt.date) -> int:
        return (self.clock.today() - day).days

    def _hour(self) -> int:
        return int(self.clock.now() % SECONDS_A_DAY // 3600)

    def _share_counted(self, day: dt.date) -> float:
        if day == self.clock.today():
            return max(FIRST_HOURS_SHARE, (self._hour() + 1) / 24)
        return OUTAGE_SHARE if self._days_ago(day) == OUTAGE_DAYS_AGO else 1.0
