"""How much room the caps leave: distinct values of each dimension, and what went to (other)."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from telemetry_counter.events.dimensions import By as OfEvents
from telemetry_counter.pages.dimensions import By as OfPages
from telemetry_counter.reporting.uncounted import CHECKS, EVENTS, OVERFLOWED, PAGES
from telemetry_counter.store.calls import chunks, run
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys

AT_ONCE = 50
"""Apps' days read in one round trip."""

CELLS = "x:"


@dataclass(frozen=True, slots=True)
class Room:
    """Of one dimension of an app's day; `other` is how often something was counted under (other)."""

    day: dt.date
    app: str
    of: str
    what: str
    distinct: int
    cap: int
    other: int


async def read_room(
    client: Client, keys: AdminKeys, apps: Sequence[str], days: Sequence[dt.date], limits: Limits
) -> AsyncIterator[Room]:
    """Only of what was counted. Raises StoreUnavailable."""
    caps = {kind: caps_of(kind, limits) for kind in OVERFLOWED}
    for places in chunks(list(product(days, apps)), AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for day, app in places:
            pipeline.hlen(keys.cells(day, app))
            for kind, key in ((CHECKS, keys.counters), (PAGES, keys.pages), (EVENTS, keys.events)):
                pipeline.hmget(
                    key(day, app), [mark + prefix for mark in ("#", "o:") for prefix in caps[kind]]
                )
        replies = iter(await run(pipeline))
        for day, app in places:
            cells = int(next(replies))
            for kind in (CHECKS, PAGES, EVENTS):
                for prefix, distinct, other in _counts(caps[kind], next(replies)):
                    number = cells if (kind, prefix) == (CHECKS, CELLS) else distinct
                    if number or other:
                        what = OVERFLOWED[kind][prefix]
                        yield Room(day, app, kind, what, number, caps[kind][prefix], other)


def caps_of(kind: str, limits: Limits) -> dict[str, int]:
    """Most distinct values by prefix."""
    if kind == PAGES:
        own = {by.value.prefix: by.value.cap for by in OfPages}
        return {prefix: own[prefix] or limits.value_cap for prefix in OVERFLOWED[kind]}
    wide = {CELLS, OfEvents.VALUE}
    return {prefix: limits.cell_cap if prefix in wide else limits.value_cap for prefix in OVERFLOWED[kind]}


def _counts(caps: dict[str, int], values: list[bytes | None]) -> Iterator[tuple[str, int, int]]:
    half = len(caps)
    for prefix, distinct, other in zip(caps, values[:half], values[half:], strict=True):
        yield prefix, int(distinct or 0), int(other or 0)
