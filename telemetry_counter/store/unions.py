"""How many devices unions of sketches hold, and scripts that spare a round of commands each."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar, cast

from redis.asyncio.client import Pipeline
from redis.exceptions import NoScriptError

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
        sketches = [sketch for union in some for sketch in union]
        lengths = [len(union) for union in some]
        counts |= zip(some, await run_script(client, "count_unions", sketches, lengths), strict=True)
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
    merge(pipeline, scratch, union, SCRATCH_SECONDS)
    pipeline.pfcount(scratch)
    pipeline.unlink(scratch)
    return int((await run(pipeline))[-2])


def merge(pipeline: Pipeline, into: str, union: Sequence[str], seconds: int) -> None:
    """Queues the commands that unite sketches into one that expires."""
    for some in chunks(union, SKETCHES_AT_ONCE):
        pipeline.pfmerge(into, *some)
        pipeline.expire(into, seconds)


async def run(pipeline: Pipeline) -> list[Any]:
    with store_errors(), foreign_keys():
        return await pipeline.execute()


async def run_script(
    client: Client, name: str, keys: Sequence[str], arguments: Sequence[int] = ()
) -> list[Any]:
    text, sha = script(name)
    with store_errors(), foreign_keys():
        try:
            reply = await client.evalsha(sha, len(keys), *keys, *arguments)
        except NoScriptError:
            reply = await client.eval(text, len(keys), *keys, *arguments)
    return cast(list[Any], reply)


@cache
def script(name: str) -> tuple[str, str]:
    """A script of this package and its SHA-1 in hex."""
    text = files("telemetry_counter.store").joinpath(f"{name}.lua").read_text()
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


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
