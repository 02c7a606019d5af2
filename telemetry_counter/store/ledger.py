"""What is registered of admins, as hashes: each change is logged, and seen by the services."""

import datetime as dt
from collections.abc import Callable
from typing import cast

from telemetry_counter.accounts.audit import Entry
from telemetry_counter.errors import NoSuchAdmin
from telemetry_counter.store.audit import KEPT, Change, change, held, read_log
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys

REVISION = ""
"""The field beside the admins' that rises with every change of any of them."""


class Ledger:
    """Base of what is registered. `by` is who changes something, for the log."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def admins(self) -> list[str]:
        with store_errors():
            return sorted((await self._revisions()).keys() - {REVISION})

    async def log(self, admin: str, most: int = KEPT) -> list[Entry]:
        """What was changed, the newest first. Raises NotFound for an unknown admin."""
        await self._expect_admin(admin)
        return await read_log(self._client, self._admin_keys(admin), most)

    async def _expect_admin(self, name: str) -> None:
        with store_errors():
            if not await self._client.hexists(self._keys.admins, name):
                raise NoSuchAdmin(f"There is no admin {name[:64]}.")

    async def _update(
        self,
        admin: str,
        by: str,
        did: str,
        of: str,
        key: str,
        field: str,
        build: Callable[[bytes | None], bytes],
    ) -> bytes:
        """What the field holds now, built from what it held; again if somebody else was quicker.

        Where that is the same, nothing was changed and nothing is logged.
        """
        while True:
            with store_errors():
                old = cast(bytes | None, await self._client.hget(key, field))
            new = build(old)
            if new == old:
                return new
            if await self._apply(admin, by, did, of, [Change(key, field, held(old), held(new))]):
                return new

    async def _apply(self, admin: str, by: str, did: str, of: str, changes: list[Change]) -> bool:
        """Changes and the log in one step, then the revision. False where a field was not as expected."""
        entry = Entry(now(), by, did, of)
        done = await change(self._client, self._admin_keys(admin), entry, changes)
        if done:
            await self._changed(admin)
        return done

    async def _changed(self, admin: str) -> None:
        """Comes after the change itself: who sees the new revision sees what it stands for."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.hincrby(self._keys.admins, admin, 1)
                pipeline.hincrby(self._keys.admins, REVISION, 1)
                await pipeline.execute()

    async def _revisions(self) -> dict[str, int]:
        return {name: int(value) for name, value in (await self._hash(self._keys.admins)).items()}

    async def _hash(self, key: str) -> dict[str, bytes]:
        fields = cast(dict[bytes, bytes], await self._client.hgetall(key))
        return {name.decode(): value for name, value in fields.items()}

    def _admin_keys(self, name: str) -> AdminKeys:
        return self._keys.admin(name)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
