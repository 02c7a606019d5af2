"""Apps and their releases."""

from typing import cast

import msgspec

from telemetry_counter.accounts.audit import COMMAND_LINE
from telemetry_counter.accounts.snapshot import AppRecord
from telemetry_counter.counting import names
from telemetry_counter.errors import NotFound
from telemetry_counter.events.declaration import Declaration
from telemetry_counter.releases.release import Release, from_json, merge, to_json, withdraw
from telemetry_counter.store.audit import ANYTHING, NOTHING, Change, held
from telemetry_counter.store.connect import store_errors
from telemetry_counter.store.ledger import Ledger, now


class Apps(Ledger):
    """Apps, and the releases that are offered to them."""

    async def create_app(self, admin: str, app: str, by: str = COMMAND_LINE) -> bool:
        """Returns whether the app is new."""
        names.APP.check(app)
        await self._expect_admin(admin)
        record = held(msgspec.json.encode(AppRecord(created=now())))
        added = Change(self._admin_keys(admin).apps, app, NOTHING, record)
        return await self._apply(admin, by, "app_created", app, [added])

    async def apps(self, admin: str) -> list[str]:
        await self._expect_admin(admin)
        with store_errors():
            return sorted(await self._hash(self._admin_keys(admin).apps))

    async def expect_app(self, admin: str, app: str) -> None:
        """Raises NotFound."""
        if app not in await self.apps(admin):
            raise NotFound(f"{admin} has no app {app[:64]}.")

    async def unregister_app(self, admin: str, app: str, by: str = COMMAND_LINE) -> None:
        """Takes out the app and its releases; what was counted of it stays. See store/removal.py."""
        await self.expect_app(admin, app)
        keys = self._admin_keys(admin)
        gone = [Change(keys.apps, app, ANYTHING, NOTHING)]
        releases = [one for one in await self.releases(admin) if one.app == app]
        gone += [Change(keys.releases, one.id, ANYTHING, NOTHING) for one in releases]
        await self._apply(admin, by, "app_deleted", app, gone)

    async def declare(
        self, admin: str, app: str, declaration: Declaration | None, by: str = COMMAND_LINE
    ) -> None:
        """What events the app may send; None: any. Raises NotFound for an unknown app."""
        did = "events_declared" if declaration else "events_undeclared"
        await self._update_app(admin, by, did, app, declaration=declaration)

    async def set_public(self, admin: str, app: str, public: bool, by: str = COMMAND_LINE) -> None:
        """Whether anybody may see the app's rounded figures. Raises NotFound for an unknown app."""
        did = "app_made_public" if public else "app_made_private"
        await self._update_app(admin, by, did, app, public=public)

    async def _update_app(self, admin: str, by: str, did: str, app: str, **fields: object) -> None:
        def build(old: bytes | None) -> bytes:
            if old is None:
                raise NotFound(f"{admin} has no app {app[:64]}.")
            record = msgspec.json.decode(old, type=AppRecord)
            return msgspec.json.encode(msgspec.structs.replace(record, **fields))

        await self._expect_admin(admin)
        await self._update(admin, by, did, app, self._admin_keys(admin).apps, app, build)

    async def publish(
        self, admin: str, release: Release, by: str = COMMAND_LINE, is_timed: bool = True
    ) -> Release:
        """Adds the release, or to the one of the same version and tuple; creates its app if need be.

        Its time was asked for, or else (not `is_timed`) one that is scheduled already stays so.
        """
        await self.create_app(admin, release.app, by)

        def build(old: bytes | None) -> bytes:
            return to_json(merge(from_json(old), release, now(), is_timed) if old else release)

        key = self._admin_keys(admin).releases
        stored = await self._update(
            admin, by, "release_published", _release_name(release), key, release.id, build
        )
        return from_json(stored)

    async def releases(self, admin: str) -> list[Release]:
        await self._expect_admin(admin)
        with store_errors():
            values = (await self._hash(self._admin_keys(admin).releases)).values()
        return sorted(map(from_json, values), key=lambda release: release.published)

    async def withdraw(self, admin: str, release_id: str, by: str = COMMAND_LINE) -> Release:
        """Takes the release out of the offers from now on; the history keeps it."""
        await self._expect_admin(admin)
        key = self._admin_keys(admin).releases
        with store_errors():
            old = cast(bytes | None, await self._client.hget(key, release_id))
        if old is None:
            raise NotFound(f"{admin} has no release {release_id[:64]}.")

        def build(old: bytes | None) -> bytes:
            if old is None:
                raise NotFound(f"{admin} has no release {release_id[:64]}.")
            return to_json(withdraw(from_json(old), now()))

        name = _release_name(from_json(old))
        return from_json(await self._update(admin, by, "release_withdrawn", name, key, release_id, build))


def _release_name(release: Release) -> str:
    stated = " ".join(filter(None, (release.channel, release.platform, release.arch)))
    return f"{release.app} {release.version}" + (f" for {stated}" if stated else "")
