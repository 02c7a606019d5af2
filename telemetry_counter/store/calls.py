"""Sending pipelines and scripts to the store, with its errors in our own words."""

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

T = TypeVar("T")


async def run(pipeline: Pipeline) -> list[Any]:
    with store_errors(), foreign_keys():
        return await pipeline.execute()


async def run_script(
    client: Client, name: str, keys: Sequence[str], *arguments: str | bytes | int
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
    text = files("telemetry_counter.store").joinpath("lua", f"{name}.lua").read_text()
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


def refuses_writes(error: StoreUnavailable) -> bool:
    """Whether the store can still be read: it is full, a replica, or lets this user only read."""
    return isinstance(error.__cause__, NoPermissionError | OutOfMemoryError | ReadOnlyError)


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
