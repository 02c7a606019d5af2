"""Latest devices and outdated ones, from the sketches of each."""

from collections.abc import Mapping, Sequence
from itertools import chain

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.overlap import shared
from telemetry_counter.store.calls import chunks, refuses_writes
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys
from telemetry_counter.store.unions import Scratch, Union, count_unions

NEARLY_EXACT = 100
"""Devices up to which hardly two share a register, so that a plain difference is as good as any."""

PAIRS_AT_ONCE = 8
"""Compared in one call, which brings 24 kB each."""

Parts = Sequence[Union]
"""A union in parts, of which a large one is put together once, however many unions have it."""

Pair = tuple[Union, Union]

Judged = tuple[int, int]
"""Devices that are latest, and those that are outdated only: who was seen as both is latest."""


async def count_judged(
    client: Client, keys: AdminKeys, several: Sequence[tuple[Parts, Parts]]
) -> list[Judged]:
    """For each pair of the unions of latest and of outdated devices."""
    judged: list[Judged] = []
    for some in chunks(several, PAIRS_AT_ONCE):
        judged += await _judge(client, keys, some)
    return judged


async def _judge(client: Client, keys: AdminKeys, several: Sequence[tuple[Parts, Parts]]) -> list[Judged]:
    parts = {(joined(latest), joined(outdated)): (latest, outdated) for latest, outdated in several}
    both = {pair: of_pair for pair, of_pair in parts.items() if all(pair)}
    one = [pair for pair in parts if not all(pair)]
    judged = await _compare(client, keys, both) if both else {}
    counts = iter(await count_unions(client, keys, [union for pair in one for union in pair]))
    judged |= zip(one, zip(counts, counts, strict=True), strict=True)
    return [judged[joined(latest), joined(outdated)] for latest, outdated in several]


def joined(parts: Parts) -> Union:
    return tuple(chain.from_iterable(parts))


async def _compare(
    client: Client, keys: AdminKeys, pairs: Mapping[Pair, tuple[Parts, Parts]]
) -> dict[Pair, Judged]:
    scratch = Scratch(client, keys)
    sketches = [_hold(scratch, parts) for both in pairs.values() for parts in both]
    try:
        replies = await scratch.ask("compare_pairs", sketches)
    except StoreUnavailable as error:
        if not refuses_writes(error):
            raise
        return await _subtract(client, keys, list(pairs))
    return {pair: _judged(*reply) for pair, reply in zip(pairs, replies, strict=True)}


def _hold(scratch: Scratch, parts: Parts) -> str:
    return scratch.hold(tuple(scratch.hold(part) for part in parts if part))


def _judged(latest: int, outdated: int, together: int, one: bytes, other: bytes) -> Judged:
    if together > NEARLY_EXACT:
        try:
            return latest, max(0, round(outdated - shared(one, other, latest, outdated)))
        except ValueError:
            pass
    return latest, max(0, together - latest)


async def _subtract(client: Client, keys: AdminKeys, pairs: Sequence[Pair]) -> dict[Pair, Judged]:
    """Where nothing can be put together for a look at the registers."""
    unions = [union for latest, outdated in pairs for union in (latest, latest + outdated)]
    counts = iter(await count_unions(client, keys, unions))
    return {
        pair: (latest, max(0, together - latest))
        for pair, latest, together in zip(pairs, counts, counts, strict=True)
    }
