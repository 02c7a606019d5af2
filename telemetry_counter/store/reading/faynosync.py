"""Reading a faynoSync's Redis, which is never written to."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import cast

from telemetry_counter.errors import InvalidInput, StoreUnavailable
from telemetry_counter.importing.faynosync import PATTERN, AppDay, SourceKey, parse_key
from telemetry_counter.store.calls import foreign_keys
from telemetry_counter.store.connect import Client, ResponseError, store_errors

KEYS_AT_ONCE, MEMBERS_AT_ONCE = 1_000, 2_000


class FaynoSync:
    """Only SCAN, GET and SSCAN are used, so a user that may read is enough.

    `name` is its address as it may be shown. Raises InvalidInput where it cannot be read.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def days(self) -> dict[AppDay, list[SourceKey]]:
        """All of its keys that hold figures, by app and day, ascending."""
        found: dict[AppDay, set[SourceKey]] = {}
        with self._errors():
            # There is no list of its apps and values: the keys are the only place that names them.
            async for raw in self._client.scan_iter(PATTERN, count=KEYS_AT_ONCE):
                key = parse_key(cast(bytes, raw).decode("utf-8", "replace"))
                if key:
                    found.setdefault(key.of, set()).add(key)
        return {of: sorted(found[of], key=lambda key: key.key) for of in sorted(found)}

    async def requests(self, key: SourceKey) -> int:
        with self._errors():
            number = cast(bytes | None, await self._client.get(key.key))
        return int(number) if number and number.isdigit() else 0

    async def devices(self, key: SourceKey) -> AsyncIterator[list[bytes]]:
        """Raw ids, some at a time: to be hashed at once."""
        cursor = -1
        while cursor != 0:
            with self._errors():
                cursor, ids = await self._client.sscan(key.key, max(cursor, 0), count=MEMBERS_AT_ONCE)
            yield cast(list[bytes], ids)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """In words that tell this store from our own."""
        try:
            with store_errors(), foreign_keys():
                yield
        except (StoreUnavailable, ResponseError) as error:
            raise InvalidInput(f"The faynoSync's Redis at {self._name} cannot be read: {error}") from error
