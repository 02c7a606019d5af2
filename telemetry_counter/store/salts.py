"""The salts of the visitors' fingerprints: a random one a day, deleted after 48 hours.

All workers on a store share them, and a restart does not change them. The next day's is there half a day
ahead, so that a midnight at which the store is away passes unnoticed. A salt is never logged or shown.
"""

import datetime as dt
import secrets
from typing import cast

from telemetry_counter.counting.clock import SECONDS_A_DAY, UtcDay
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import Keys

SALT_BYTES = 32
KEPT_SECONDS = 48 * 3600
AHEAD_SECONDS = SECONDS_A_DAY / 2


class Salts:
    """Asking costs a look into a dictionary; `prepare` is called often and seldom has anything to do."""

    def __init__(self, client: Client, keys: Keys, clock: UtcDay) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._shared: dict[dt.date, bytes] = {}
        self._own: dict[dt.date, bytes] = {}

    def of(self, day: dt.date) -> bytes:
        """The salt of a day that was prepared, or else one of this process alone until it can be shared."""
        salt = self._shared.get(day) or self._own.get(day)
        if salt is None:
            salt = self._own[day] = secrets.token_bytes(SALT_BYTES)
        return salt

    async def prepare(self) -> None:
        """Today's, and from noon tomorrow's. Raises StoreUnavailable."""
        needed = self._needed()
        for day in needed:
            await self.share(day)
        for kept in (self._shared, self._own):
            for day in kept.keys() - needed:
                del kept[day]

    def forget(self) -> None:
        """Forgets the shared salts: the store may have others now."""
        self._shared.clear()

    async def share(self, day: dt.date) -> bytes:
        """The salt all processes use for that day; made now if there is none. Raises StoreUnavailable."""
        if day not in self._shared:
            key = self._keys.salt(day)
            with store_errors():
                await self._client.set(key, self.of(day), nx=True, ex=KEPT_SECONDS)
                stored = cast(bytes | None, await self._client.get(key))
            self._shared[day] = stored or self.of(day)
            self._own.pop(day, None)
        return self._shared[day]

    def _needed(self) -> set[dt.date]:
        now = self._clock.now()
        moments = (now, now + AHEAD_SECONDS)
        return {dt.datetime.fromtimestamp(moment, dt.UTC).date() for moment in moments}
