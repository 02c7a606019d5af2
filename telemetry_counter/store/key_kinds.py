"""Which of our keys hold something else than ours, so that their operator need not look for them."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import cast

from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys

HASH, LIST, SET, STRING = "hash", "list", "zset", "string"
MOST = 5
"""So many are named."""

Kinds = Mapping[str, str]
"""What a key holds in Redis' word for it, if there is such a key; a sketch is a string."""


async def foreign_kinds(client: Client, keys: Keys, days: Iterable[dt.date]) -> list[tuple[str, str]]:
    """Names of keys and what they hold instead; of what was counted, on these days."""
    found: list[tuple[str, str]] = []
    async for kinds in _all_kinds(client, keys, list(days)):
        found += await _wrong(client, kinds)
        if len(found) >= MOST:
            break
    return found[:MOST]


async def _all_kinds(client: Client, keys: Keys, days: list[dt.date]) -> AsyncIterator[Kinds]:
    """Those of each are one cluster slot's."""
    for key, kind in of_service(keys).items():
        yield {key: kind}
    for admin in await _members(client, keys.admins):
        of = keys.admin(admin)
        yield of_admin(of, days)
        for app in await _members(client, of.apps):
            yield of_app(of, app, days)


def of_service(keys: Keys) -> Kinds:
    return {keys.admins: HASH, keys.secret: STRING, keys.imports: HASH, keys.counting: HASH}


def of_admin(keys: AdminKeys, days: Iterable[dt.date]) -> Kinds:
    hashes = (keys.apps, keys.releases, keys.tokens, keys.team, keys.history, keys.revisions)
    kinds = dict.fromkeys((*hashes, *map(keys.active_apps, days)), HASH)
    return kinds | {keys.log: LIST, keys.rolls: SET, keys.arrival: STRING}


def of_app(keys: AdminKeys, app: str, days: Iterable[dt.date]) -> Kinds:
    return dict(_of_app(keys, app, days))


def _of_app(keys: AdminKeys, app: str, days: Iterable[dt.date]) -> Iterator[tuple[str, str]]:
    for day in days:
        for name in (keys.counters, keys.cells, keys.pages, keys.events):
            yield name(day, app), HASH
        for sketch in (keys.sketch, keys.visitors, keys.event_sketch):
            yield sketch(day, app, "all"), STRING


async def _wrong(client: Client, kinds: Kinds) -> list[tuple[str, str]]:
    pipeline = client.pipeline(transaction=False)
    for key in kinds:
        pipeline.type(key)
    held = zip(kinds, [kind.decode() for kind in await run(pipeline)], strict=True)
    return [(key, kind) for key, kind in held if kind not in (kinds[key], "none")]


async def _members(client: Client, key: str) -> list[str]:
    """The fields of a hash that have a name; none where it is no hash."""
    with store_errors():
        if await client.type(key) != HASH.encode():
            return []
        fields = await client.hkeys(key)
    return [str(field, "utf-8", "replace") for field in cast(list[bytes], fields) if field]
