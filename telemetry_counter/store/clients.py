"""Devices, latest ones and outdated ones, from the sketches of each."""

from collections.abc import Iterable, Mapping, Sequence

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.figures import Clients
from telemetry_counter.reporting.overlap import shared
from telemetry_counter.reporting.slices import LATEST, OUTDATED
from telemetry_counter.store.calls import chunks, refuses_writes, run_script
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
"""Devices that are latest, and those that are outdated only."""


def in_one_part(unions: Mapping[str, Iterable[str]]) -> dict[str, Parts]:
    return {figure: (tuple(union),) for figure, union in unions.items()}


async def count_clients(
    client: Client, keys: AdminKeys, several: Sequence[Mapping[str, Parts]]
) -> list[Clients]:
    """For each the devices of the unions 'all', 'latest' and 'outdated'.

    Who was seen latest and outdated is latest.
    """
    uniques = await count_unions(client, keys, [_joined(unions.get(ALL, ())) for unions in several])
    judged: list[Judged] = []
    for some in chunks(several, PAIRS_AT_ONCE):
        judged += await _judge(client, keys, some)
    return [Clients(unique, *of_one) for unique, of_one in zip(uniques, judged, strict=True)]


def _joined(parts: Parts) -> Union:
    return tuple(sketch for part in parts for sketch in part)


async def _judge(client: Client, keys: AdminKeys, several: Sequence[Mapping[str, Parts]]) -> list[Judged]:
    pairs = [(unions.get(LATEST, ()), unions.get(OUTDATED, ())) for unions in several]
    joined = [(_joined(latest), _joined(outdated)) for latest, outdated in pairs]
    whole = dict.fromkeys(pair for pair in joined if all(pair))
    scratch = Scratch(client, keys)
    held = {
        pair: (_hold(scratch, parts[0]), _hold(scratch, parts[1]))
        for pair, parts in zip(joined, pairs, strict=True)
        if pair in whole
    }
    try:
        await scratch.write()
        compared = await _compare(client, held)
        await scratch.remove()
    except StoreUnavailable as error:
        if not refuses_writes(error):
            raise
        compared = await _subtract(client, keys, list(whole))
    halves = [union for pair in joined if pair not in whole for union in pair]
    counts = iter(await count_unions(client, keys, halves))
    return [compared[pair] if pair in compared else (next(counts), next(counts)) for pair in joined]


def _hold(scratch: Scratch, parts: Parts) -> str:
    return scratch.hold(tuple(scratch.hold(part) for part in parts if part))


async def _compare(client: Client, held: Mapping[Pair, tuple[str, str]]) -> dict[Pair, Judged]:
    if not held:
        return {}
    sketches = [sketch for both in held.values() for sketch in both]
    replies = await run_script(client, "compare_pairs", sketches)
    return {pair: _judged(*reply) for pair, reply in zip(held, replies, strict=True)}


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
