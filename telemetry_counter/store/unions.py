"""How many devices unions of sketches hold, and scripts that spare a round of commands each."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar, cast

from redis.asyncio.client import Pipeline
from redis.exceptions import NoPermissionError, NoScriptError, OutOfMemoryError, ReadOnlyError

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.connect import Client, ResponseError, store_errors
from telemetry_counter.store.keys import AdminKeys

SKETCHES_AT_ONCE = 250
"""Most that one command unites: a dense sketch costs Redis 7 some 17 us, so none takes 5 ms."""

SCRATCH_SECONDS = 60

T = TypeVar("T")


async def count_unions(client: Client, keys: AdminKeys, unions: Sequence[Sequence[str]]) -> list[int]:
    """Devices of each union; equal ones are counted once."""
    distinct = dict.fromkeys(map(tuple, unions))
    distinct.pop((), None)
    counts: dict[tuple[str, ...], int] = {(): 0}
    for some in _loads([union for union in distinct if len(union) <= SKETCHES_AT_ONCE]):
        joined = ["\n".join(union) for union in some]
        counts |= zip(some, await run_script(client, "count_unions", keys.apps, *joined), strict=True)
    for union in distinct:
        if len(union) > SKETCHES_AT_ONCE:
            counts[union] = await _count_large(client, keys, union)
    return [counts[tuple(union)] for union in unions]


def _loads(unions: Sequence[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    """The unions in groups that do not hold the store for long."""
    load: list[tuple[str, ...]] = []
    size = 0
    for union in unions:
        if size + len(union) > SKETCHES_AT_ONCE:
            yield load
            load, size = [], 0
        load.append(union)
        size += len(union)
    if load:
        yield load


async def _count_large(client: Client, keys: AdminKeys, union: Sequence[str]) -> int:
    scratch = f"{keys.stem}scratch:{secrets.token_hex(8)}"
    pipeline = client.pipeline(transaction=False)
    try:
        await merge(client, scratch, union, SCRATCH_SECONDS)
    except StoreUnavailable as error:
        if not refuses_writes(error):
            raise
        pipeline.pfcount(*union)
    else:
        pipeline.pfcount(scratch)
        pipeline.unlink(scratch)
    return int((await run(pipeline))[0])


async def merge(client: Client, into: str, union: Sequence[str], seconds: int) -> None:
    """Adds sketches to a union that lives so many seconds from now on."""
    for some in chunks(union, SKETCHES_AT_ONCE):
        await run_script(client, "merge_sketches", into, seconds, "\n".join(some))


async def run(pipeline: Pipeline) -> list[Any]:
    with store_errors(), foreign_keys():
        return await pipeline.execute()


async def run_script(client: Client, name: str, key: str, *arguments: str | int) -> list[Any]:
    text, sha = script(name)
    with store_errors(), foreign_keys():
        try:
            reply = await client.evalsha(sha, 1, key, *arguments)
        except NoScriptError:
            reply = await client.eval(text, 1, key, *arguments)
    return cast(list[Any], reply)


@cache
def script(name: str) -> tuple[str, str]:
    """A script of this package and its SHA-1 in hex."""
    text = files("telemetry_counter.store").joinpath(f"{name}.lua").read_text()
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


def refuses_writes(error: StoreUnavailable) -> bool:
    """Whether the store can still be read: it is full, a replica, or lets this user only read."""
    return isinstance(error.__cause__, NoPermissionError | OutOfMemoryError | ReadOnlyError)


@contextmanager
def foreign_keys() -> Iterator[None]:
    """A key that holds something else than ours is the operator's to repair, not a fault of the asker."""
    try:
        yield
    except ResponseError as error:
        if "WRONGTYPE" in str(error) or "INVALIDOBJ" in str(error):
            raise StoreUnavailable("a key of the store holds something that is not ours") from error
        raise


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
