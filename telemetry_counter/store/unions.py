"""Unions of sketches: how many devices they hold, and keeping them for a while."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from redis.asyncio.client import Pipeline

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.calls import chunks, refuses_writes, run, run_script, script
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys

SKETCHES_AT_ONCE = 250
"""Most that one command unites: a dense sketch costs Redis 7 some 17 us, so none takes 5 ms."""

SCRATCH_SECONDS = 60
EMPTY_DENSE = b"HYLL" + bytes(12 + 16_384 * 6 // 8)
"""A sketch of no device with room for all registers: PFMERGE into one that has to grow is slow."""

Union = tuple[str, ...]
"""Keys of sketches."""


class Scratch:
    """Unions put into keys of their own for the length of one question."""

    def __init__(self, client: Client, keys: AdminKeys) -> None:
        self._client = client
        self._keys = keys
        self._held: dict[Union, str] = {}
        self._pipeline: Pipeline = client.pipeline(transaction=False)

    def hold(self, union: Union) -> str:
        """The key of a sketch that will hold the whole union when it is asked about."""
        if len(union) == 1:
            return union[0]
        key = self._held.get(union)
        if key is None:
            key = self._held[union] = f"{self._keys.stem}scratch:{secrets.token_hex(8)}"
            text, _ = script("merge_sketches")
            for some in chunks(union, SKETCHES_AT_ONCE):
                # With its text, as a pipeline cannot ask again for a script the store does not know.
                self._pipeline.eval(text, 1 + len(some), key, *some, SCRATCH_SECONDS, EMPTY_DENSE)
        return key

    async def ask(self, name: str, sketches: Sequence[str], *arguments: int) -> list[Any]:
        """What a script answers about held sketches; they are gone afterwards. One round trip.

        Raises StoreUnavailable; see refuses_writes().
        """
        text, _ = script(name)
        self._pipeline.eval(text, len(sketches), *sketches, *arguments)
        at = len(self._pipeline) - 1
        if self._held:
            self._pipeline.unlink(*self._held.values())
        return cast(list[Any], (await run(self._pipeline))[at])


async def count_unions(client: Client, keys: AdminKeys, unions: Sequence[Iterable[str]]) -> list[int]:
    """Devices of each union; equal ones are counted once."""
    wanted = [tuple(union) for union in unions]
    distinct = dict.fromkeys(union for union in wanted if union)
    small = [union for union in distinct if len(union) <= SKETCHES_AT_ONCE]
    counts: dict[Union, int] = {(): 0}
    for some in _loads(small):
        counts |= zip(some, await _count(client, some), strict=True)
    large = [union for union in distinct if len(union) > SKETCHES_AT_ONCE]
    if large:
        counts |= zip(large, await _count_large(client, keys, large), strict=True)
    return [counts[union] for union in wanted]


def _loads(unions: Iterable[Union]) -> Iterator[list[Union]]:
    """The unions in groups that do not hold the store for long."""
    load: list[Union] = []
    size = 0
    for union in unions:
        if size + len(union) > SKETCHES_AT_ONCE:
            yield load
            load, size = [], 0
        load.append(union)
        size += len(union)
    if load:
        yield load


async def _count(client: Client, unions: Sequence[Union]) -> list[int]:
    sketches = [sketch for union in unions for sketch in union]
    return await run_script(client, "count_unions", sketches, *(len(union) for union in unions))


async def _count_large(client: Client, keys: AdminKeys, unions: Sequence[Union]) -> list[int]:
    scratch = Scratch(client, keys)
    held = [scratch.hold(union) for union in unions]
    try:
        return await scratch.ask("count_unions", held, *(1 for _ in held))
    except StoreUnavailable as error:
        if not refuses_writes(error):
            raise
    pipeline = client.pipeline(transaction=False)
    for union in unions:
        pipeline.pfcount(*union)
    return await run(pipeline)


async def merge(client: Client, into: str, union: Union, seconds: int) -> None:
    """Adds sketches to a union that lives so many seconds from now on."""
    for some in chunks(union, SKETCHES_AT_ONCE):
        await run_script(client, "merge_sketches", [into, *some], seconds, EMPTY_DENSE)
