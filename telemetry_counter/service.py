"""One worker's running parts, and the order in which they start and stop."""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from contextlib import suppress

from telemetry_counter.accounts.snapshot import Snapshot
from telemetry_counter.accounts.tokens import session_key
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.errors import StoreRefuses, StoreUnavailable
from telemetry_counter.metrics.worker import Metrics
from telemetry_counter.settings import Settings
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.committer import Committer
from telemetry_counter.store.committing.script_calls import Replicas
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.complaints import Complaint
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry
from telemetry_counter.store.salts import Salts
from telemetry_counter.store.server_facts import expect_new_enough

log = logging.getLogger("telemetry_counter.service")

REFRESH_SECONDS = 0.25
REPLICAS_LATER_MS = 50
DRAIN_SECONDS = 4.0
"""With the four that open requests have, under the ten after which a container is killed."""


class Service:
    """What the routes share. Before the store was first reached, the snapshot is empty."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        clock: UtcDay | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.settings = settings
        self.client = client
        self.clock = clock or UtcDay()
        self.metrics = metrics or Metrics()
        self.keys = Keys(settings.key_prefix)
        self.registry = Registry(client, self.keys)
        self.salts = Salts(client, self.keys, self.clock)
        self.snapshot = Snapshot()
        self.hasher: DeviceHasher | None = None
        self.session_key = b""
        self._store_is_read = False
        self._owes_the_good_news = True
        self._away = Complaint(log, "The store is away; update checks are still answered: %(why)s")
        self._refused = Complaint(log, "%(why)s Update checks are still answered.")
        self._unreadable = Complaint(log, "What is registered in the store cannot be read: %(why)s")
        self.committer = Committer(
            Commits(client, self.keys, limits(settings), self.clock, replicas=replicas(settings)).send,
            self.clock,
            budget_seconds=settings.commit_budget_ms / 1000,
            buffer_bytes=settings.buffer_mb * 1_000_000,
            tally=self.metrics.tallies.commits,
        )
        self._on_change: list[Callable[[], object]] = []
        self._next_change: dt.datetime | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False

    def on_change(self, forget: Callable[[], object]) -> None:
        """`forget` is called whenever answers made from the snapshot are no longer right."""
        self._on_change.append(forget)

    @property
    def store_is_up(self) -> bool:
        """Whether it can be read, and takes what is to be written."""
        return self._store_is_read and not self.committer.is_stuck

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.now(), dt.UTC)

    async def start(self) -> None:
        await self.refresh()
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        self._stopping = True
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        await self.committer.drain(DRAIN_SECONDS)
        await self.client.aclose()

    async def _watch(self) -> None:
        # Not only until cancelled: a client that is just breaking off a connection may swallow that.
        while not self._stopping:
            await asyncio.sleep(REFRESH_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Takes what changed in the store; notes whether the store answers."""
        try:
            snapshot = await self._read()
        except StoreRefuses as error:
            self._store_is_lost(self._refused, error)
        except StoreUnavailable as error:
            self._store_is_lost(self._away, error)
        except Exception as error:  # a record nobody can read must not end the watch
            self._store_is_lost(self._unreadable, repr(error))
        else:
            self._store_is_found()
            self._take(snapshot)
        if self._next_change and self._next_change <= self.now():
            self._take(self.snapshot, changed=True)

    async def _read(self) -> Snapshot:
        """What is registered now; before it, the secrets that a hit needs."""
        if self.hasher is None:
            await expect_new_enough(self.client)
            await self._take_secret()
        if self.settings.enable_telemetry:
            await self.salts.prepare()
        snapshot = await self.registry.refresh(self.snapshot)
        if snapshot.revision < self.snapshot.revision:
            # The store was emptied, or is another one: workers that start now know only its secrets.
            await self._take_secret()
            self.salts.forget()
        return snapshot

    async def _take_secret(self) -> None:
        secret = await read_secret(self.settings, self.registry)
        self.hasher, self.session_key = DeviceHasher(secret), session_key(secret)
        self._forget_answers()

    def _store_is_found(self) -> None:
        if self._owes_the_good_news:
            log.info("The store answers.")
            for complaint in (self._away, self._refused, self._unreadable):
                complaint.mended()
        self._owes_the_good_news = False
        self._store_is_read = True

    def _store_is_lost(self, complaint: Complaint, why: object) -> None:
        self._owes_the_good_news |= complaint.say(0, why)
        self._store_is_read = False

    def _take(self, snapshot: Snapshot, *, changed: bool = False) -> None:
        if snapshot is not self.snapshot or changed:
            self.snapshot = snapshot
            self._next_change = snapshot.next_change(self.now())
            self._forget_answers()

    def _forget_answers(self) -> None:
        for forget in self._on_change:
            forget()


def replicas(settings: Settings) -> Replicas:
    """They are waited for a little longer than any answer waits for its commit."""
    return Replicas(settings.store_replicas, settings.commit_budget_ms + REPLICAS_LATER_MS)


def limits(settings: Settings) -> Limits:
    return Limits(settings.value_cap, settings.cell_cap, settings.retention_days)


async def read_secret(settings: Settings, registry: Registry) -> bytes:
    """SECRET_KEY, or the one that was made for this store."""
    return settings.secret_key.encode() or await registry.secret()
