"""All that is registered in the store, and the snapshot of it that the services answer from."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar, cast

import msgspec

from telemetry_counter.accounts.snapshot import Admin, App, AppRecord, Snapshot
from telemetry_counter.releases.release import Release, from_json
from telemetry_counter.store.apps import Apps
from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import store_errors
from telemetry_counter.store.ledger import REVISION, now
from telemetry_counter.store.people import People, team_from, tokens_from, tokens_of_known

ITEMS_AT_ONCE = 200
"""Releases or apps that are read in one go: a millisecond of work."""

Item = TypeVar("Item")


class Registry(People, Apps):
    """Reads and changes what is registered. Every change raises the revision, which the services watch."""

    async def secret(self) -> bytes:
        """The key of the device hash that all workers and hosts on this store share; made at first use."""
        with store_errors():
            await self._client.set(self._keys.secret, secrets.token_hex(32), nx=True)
            return cast(bytes, await self._client.get(self._keys.secret))

    async def refresh(self, known: Snapshot) -> Snapshot:
        """The snapshot as it is now; `known` itself if nothing changed since."""
        with store_errors():
            if int(await self._client.hget(self._keys.admins, REVISION) or 0) == known.revision:
                return known
            revisions = await self._revisions()
            admins = {}
            for name, revision in sorted(revisions.items()):
                if name != REVISION:
                    old = known.admins.get(name)
                    same = old is not None and old.revision == revision
                    admins[name] = old if old and same else await self._admin(name, revision, old)
            return Snapshot(revisions.get(REVISION, 0), admins)

    async def unlisted(self, name: str) -> Admin:
        """An admin as its keys say, before it is listed. See list_admin()."""
        with store_errors():
            return await self._admin(name, 0)

    async def list_admin(self, name: str) -> None:
        """Makes services see an admin whose keys were not written by a registry, as by an import."""
        await self._changed(name)

    async def imported(self, digest: str) -> bytes | None:
        """Unix seconds at which a file of that SHA-256 was imported."""
        with store_errors():
            return cast(bytes | None, await self._client.hget(self._keys.imports, digest))

    async def note_import(self, digest: str) -> None:
        with store_errors():
            await self._client.hset(self._keys.imports, digest, int(now().timestamp()))

    async def _admin(self, name: str, revision: int, known: Admin | None = None) -> Admin:
        """Unchanged apps stay the same objects, with what was worked out from their releases."""
        records, of_releases, tokens, members = await self._hashes(name)
        releases: dict[str, list[Release]] = {}
        async for value in _unhurried(of_releases.values()):
            release = from_json(value)
            releases.setdefault(release.app, []).append(release)
        old, apps = known.apps if known else {}, {}
        async for app, record in _unhurried(records.items()):
            new = _app(app, record, releases.get(app, []))
            apps[app] = old[app] if old.get(app) == new else new
        team = team_from(members)
        return Admin(
            name=name,
            revision=revision,
            apps=apps,
            tokens=tokens_of_known(tokens_from(tokens), team),
            team=team,
        )

    async def _hashes(self, name: str) -> list[dict[str, bytes]]:
        """Apps, releases, tokens and team in one round trip: there may be thousands of admins."""
        keys = self._admin_keys(name)
        pipeline = self._client.pipeline(transaction=False)
        for key in (keys.apps, keys.releases, keys.tokens, keys.team):
            pipeline.hgetall(key)
        return [{field.decode(): value for field, value in fields.items()} for fields in await run(pipeline)]


async def _unhurried(items: Iterable[Item]) -> AsyncIterator[Item]:
    """Lets other tasks run after every few items: hits go on while thousands are read."""
    for number, item in enumerate(items):
        if number % ITEMS_AT_ONCE == ITEMS_AT_ONCE - 1:
            await asyncio.sleep(0)
        yield item


def _app(name: str, record: bytes, releases: list[Release]) -> App:
    kept = msgspec.json.decode(record, type=AppRecord)
    return App(name, kept.created, tuple(releases), kept.declaration, kept.public)
