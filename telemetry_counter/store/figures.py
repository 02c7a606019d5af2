"""Reading what was counted: the hashes of days, and how many devices a union of sketches holds."""

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, TypeVar

from redis.asyncio.client import Pipeline

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.reporting.figures import DayFigures, Figures, clients
from telemetry_counter.reporting.tally import Tally
from telemetry_counter.store.connect import Client, ResponseError, store_errors
from telemetry_counter.store.keys import AdminKeys

TABLES_AT_ONCE = 8
"""Apps' days read in one round trip: each brings up to 2,000 cells, and other requests wait meanwhile."""

SKETCHES_AT_ONCE = 250
"""Most that one command unites: a dense sketch costs Redis 7 some 17 us, so none takes 5 ms."""

SCRATCH_SECONDS = 60

T = TypeVar("T")


async def read_tables(
    client: Client, keys: AdminKeys, apps: Sequence[str], days: Sequence[dt.date]
) -> AsyncIterator[tuple[dt.date, str, DayTable]]:
    """What each app counted on each day."""
    for places in chunks(list(product(days, apps)), TABLES_AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hgetall(keys.counters(day, app))
            pipeline.hgetall(keys.cells(day, app))
        hashes = iter(await run(pipeline))
        for (day, app), counters, cells in zip(places, hashes, hashes, strict=False):
            yield day, app, DayTable.read(counters, cells)


async def count_tally(client: Client, keys: AdminKeys, tally: Tally) -> Figures:
    """The figures of a tally; everything is read from the store's sketches as they are now."""
    unions = [*tally.unions.values(), *(u for day in tally.days.values() for u in day.unions.values())]
    counts = iter(await count_unions(client, keys, unions))
    devices = dict(zip(tally.unions, counts, strict=False))
    days = {
        day: DayFigures(of_day.requests, clients(dict(zip(of_day.unions, counts, strict=False))))
        for day, of_day in tally.days.items()
    }
    return Figures(days, devices, frozenset(tally.active_apps), dict(tally.refusals), dict(tally.overflow))


async def count_unions(client: Client, keys: AdminKeys, unions: Sequence[Sequence[str]]) -> list[int]:
    """Devices of each union; equal ones are counted once."""
    distinct = list(dict.fromkeys(map(tuple, unions)))
    counts: dict[tuple[str, ...], int] = {(): 0}
    for some in chunks([union for union in distinct if union], 64):
        pipeline = client.pipeline(transaction=False)
        at = [_count(pipeline, keys, union) for union in some]
        replies = await run(pipeline)
        counts |= {union: int(replies[place]) for union, place in zip(some, at, strict=True)}
    return [counts[tuple(union)] for union in unions]


def _count(pipeline: Pipeline, keys: AdminKeys, union: Sequence[str]) -> int:
    """Queues the commands that count a union. Returns at which place the answer will be."""
    if len(union) <= SKETCHES_AT_ONCE:
        pipeline.pfcount(*union)
        return len(pipeline) - 1
    scratch = f"{keys.stem}scratch:{secrets.token_hex(8)}"
    merge(pipeline, scratch, union, SCRATCH_SECONDS)
    pipeline.pfcount(scratch)
    pipeline.unlink(scratch)
    return len(pipeline) - 2


def merge(pipeline: Pipeline, into: str, union: Sequence[str], seconds: int) -> None:
    """Queues the commands that unite sketches into one that expires."""
    for some in chunks(union, SKETCHES_AT_ONCE):
        pipeline.pfmerge(into, *some)
        pipeline.expire(into, seconds)


async def run(pipeline: Pipeline) -> list[Any]:
    with store_errors(), foreign_keys():
        return await pipeline.execute()


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
