"""How many devices stand behind each figure."""

from collections.abc import Iterable, Mapping, Sequence

from telemetry_counter.reporting.slices import LATEST, OUTDATED
from telemetry_counter.store.clients import Parts, count_judged, joined
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys
from telemetry_counter.store.unions import count_unions


def in_one_part(unions: Mapping[str, Iterable[str]]) -> dict[str, Parts]:
    return {figure: (tuple(union),) for figure, union in unions.items()}


async def count_figures(
    client: Client, keys: AdminKeys, several: Sequence[Mapping[str, Parts]]
) -> list[dict[str, int]]:
    """The devices of the unions of each; LATEST and OUTDATED are counted as a pair."""
    pairs = [(unions.get(LATEST, ()), unions.get(OUTDATED, ())) for unions in several]
    judged = await count_judged(client, keys, pairs)
    others = [[figure for figure in unions if figure not in (LATEST, OUTDATED)] for unions in several]
    wanted = [joined(unions[figure]) for unions, of in zip(several, others, strict=True) for figure in of]
    counts = iter(await count_unions(client, keys, wanted))
    return [
        {LATEST: latest, OUTDATED: outdated} | {figure: next(counts) for figure in of}
        for (latest, outdated), of in zip(judged, others, strict=True)
    ]
