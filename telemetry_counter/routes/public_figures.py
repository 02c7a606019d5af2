"""What anybody may see of public apps, counted at most every ten minutes."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.errors import NotFound, StoreUnavailable
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import version_key
from telemetry_counter.reporting.public import Public
from telemetry_counter.service import Service
from telemetry_counter.store.reading.public import read_public, settled

KEPT_SECONDS = 600
MOST_HELD = 1_000
"""Apps, some 5 KB each."""

NOT_PUBLIC = "There is no public app of that name."
"""Of an app that is not public just as of one that does not exist."""

Key = tuple[str, str, datetime]
"""With the moment at which the app was made: one that was deleted and made again is another."""


@dataclass(frozen=True, slots=True)
class Held:
    until: float
    figures: Public


class PublicFigures:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._held: dict[Key, Held] = {}
        self._asked: dict[Key, asyncio.Task[Public]] = {}

    def app(self, owner: str, name: str) -> App:
        """Raises NotFound."""
        app = self._service.snapshot.app(owner, name)
        if app is None or not app.public:
            raise NotFound(NOT_PUBLIC)
        return app

    async def of(self, owner: str, app: App) -> Public:
        """The last known ones while the store is away; raises StoreUnavailable if there are none."""
        key = (owner, app.name, app.created)
        held = self._held.get(key)
        if held and held.until > self._service.clock.now():
            return held.figures
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._count(key, app))
            task.add_done_callback(lambda done: self._forget(key, done))
        try:
            return await asyncio.shield(task)
        except StoreUnavailable:
            if held is None:
                raise
            return held.figures

    def latest(self, app: App, channel: str = "") -> Release | None:
        """The highest version that has been out for a day: of the channel, or of any where none is named."""
        now = self._service.now()
        as_it_was = settled(app, now)
        release = as_it_was.history.latest(channel, "", "", now)
        if release is None and not channel:
            out = [one for one in as_it_was.releases if one.is_out(now)]
            release = max(out, key=lambda one: version_key(one.version), default=None)
        return release

    async def _count(self, key: Key, app: App) -> Public:
        service = self._service
        figures = await read_public(
            service.client, service.keys, key[0], app, service.now(), service.settings.retention_days
        )
        if len(self._held) >= MOST_HELD:
            self._held.pop(next(iter(self._held)))
        self._held.pop(key, None)
        self._held[key] = Held(service.clock.now() + KEPT_SECONDS, figures)
        return figures

    def _forget(self, key: Key, done: asyncio.Task[Public]) -> None:
        del self._asked[key]
        if not done.cancelled():
            done.exception()  # read, so that nobody is told of it who has gone meanwhile
