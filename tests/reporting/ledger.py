"""Writes checks the way the service does, and asks for reports of them."""

import datetime as dt
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.reports import build_report

TODAY = dt.date(2025, 6, 16)
NOW = dt.datetime(2025, 6, 16, 15, 0, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
RETENTION_DAYS = 40_000
"""Longer than the service takes: the tests' days lie in the past of the store's own clock."""


def days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


class Ledger:
    """One admin, `acme`; every app that is counted or released exists."""

    def __init__(self, client: Client, keys: Keys, limits: Limits | None = None) -> None:
        self.client = client
        self.keys = keys
        self.now = NOW
        self.releases: list[Release] = []
        self.apps = {"editor"}
        self._hasher = DeviceHasher(b"a secret of the tests")
        limits = limits or Limits(retention_days=RETENTION_DAYS)
        self._commits = Commits(client, keys, limits, UtcDay(lambda: self.now.timestamp()))
        self._number = 0

    async def count(
        self,
        devices: Iterable[object],
        *,
        day: dt.date = TODAY,
        app: str = "editor",
        version: str = "1.0",
        channel: str = "stable",
        platform: str = "linux",
        arch: str = "amd64",
        state: str = "",
    ) -> None:
        """One check of each device; None is a device that refused to be counted."""
        self.apps.add(app)
        batch = Batch("acme", day)
        cell = Cell(Check("acme", app, version, channel, platform, arch, state, ""))
        for device in devices:
            hashed = b"" if device is None else self._hasher.hash("acme", str(device).encode())
            batch.add(cell, hashed)
        await self._commit(batch)

    async def refuse(self, reason: Reason, hits: int, *, day: dt.date = TODAY, app: str = "editor") -> None:
        self.apps.add(app)
        batch = Batch("acme", day)
        batch.refuse(app, reason, hits)
        await self._commit(batch)

    async def _commit(self, batch: Batch) -> None:
        for part in batch.split():
            self._number += 1
            part.number = self._number
            assert await self._commits.send(part) == []

    def publish(
        self,
        version: str,
        at: dt.datetime = LONG_AGO,
        *,
        app: str = "editor",
        channel: str = "",
        platform: str = "",
        arch: str = "",
    ) -> None:
        self.apps.add(app)
        self.releases.append(
            release_from_input(
                app=app, version=version, channel=channel, platform=platform, arch=arch, published=at
            )
        )

    @property
    def admin(self) -> Admin:
        apps = {
            app: App(app, LONG_AGO, tuple(release for release in self.releases if release.app == app))
            for app in self.apps
        }
        return Admin("acme", 1, MappingProxyType(apps))

    async def report(self, **parameters: str) -> dict[str, Any]:
        """`since` and `until` stand for `from` and `to`."""
        names = {"since": "from", "until": "to"}
        asked = {names.get(name, name): value for name, value in parameters.items()}
        admin = self.admin
        selection = parse_selection(asked, Reach(self.now.date(), 30), admin.apps)
        return await build_report(self.client, self.keys, admin, selection, self.now)
