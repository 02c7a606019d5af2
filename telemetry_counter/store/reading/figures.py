"""How many devices stand behind each figure."""

from collections.abc import Iterable, Mapping, Sequence

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.slices import LATEST, OUTDATED
from telemetry_counter.store.calls import chunks, refuses_writes
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys
from telemetry_counter.store.reading.unions import Answer, Parts, Question, count_keys, count_plainly, joined

SETS_AT_ONCE = 8
"""Asked about in one round trip: each brings two whole sketches, and other requests wait meanwhile."""

Unions = Mapping[str, Parts]
"""What each figure is the union of."""


class SketchesMissing(Exception):
    """Sketches that were to be read are gone."""


def in_one_part(unions: Mapping[str, Iterable[str]]) -> dict[str, Parts]:
    return {figure: (tuple(union),) for figure, union in unions.items()}


async def count_figures(
    client: Client, keys: AdminKeys, several: Sequence[Unions], needed: Sequence[str] = ()
) -> list[dict[str, int]]:
    """The devices of each figure; of OUTDATED those that are not in LATEST too.

    Raises SketchesMissing unless all the keys that are needed were there.
    """
    counted: list[dict[str, int]] = []
    for some in chunks(several, SETS_AT_ONCE):
        try:
            answer = await _ask(client, keys, some, needed)
        except StoreUnavailable as error:
            if not refuses_writes(error):
                raise
            answer = await _ask_plainly(client, some, needed)
        if answer.found < len(needed):
            raise SketchesMissing
        counted += [_read(answer, unions) for unions in some]
    return counted


async def _ask(client: Client, keys: AdminKeys, several: Sequence[Unions], needed: Sequence[str]) -> Answer:
    question = Question(client, keys)
    for unions in several:
        for figure, parts in unions.items():
            if figure not in (LATEST, OUTDATED):
                question.count(joined(parts))
        question.compare(unions.get(LATEST, ()), unions.get(OUTDATED, ()))
    question.find(needed)
    return await question.answer()


async def _ask_plainly(client: Client, several: Sequence[Unions], needed: Sequence[str]) -> Answer:
    """Where nothing can be put together, the difference is that of two counts."""
    wanted = [joined(parts) for unions in several for parts in unions.values()]
    pairs = [(joined(unions.get(LATEST, ())), joined(unions.get(OUTDATED, ()))) for unions in several]
    devices = await count_plainly(client, wanted + [latest + outdated for latest, outdated in pairs])
    differences = {
        (latest, outdated): (devices[latest], max(0, devices[latest + outdated] - devices[latest]))
        for latest, outdated in pairs
    }
    return Answer(devices, differences, await count_keys(client, needed))


def _read(answer: Answer, unions: Unions) -> dict[str, int]:
    devices = {
        figure: answer.devices[joined(parts)]
        for figure, parts in unions.items()
        if figure not in (LATEST, OUTDATED)
    }
    latest, outdated = joined(unions.get(LATEST, ())), joined(unions.get(OUTDATED, ()))
    if (latest, outdated) in answer.differences:
        devices[LATEST], devices[OUTDATED] = answer.differences[latest, outdated]
    else:
        devices[LATEST], devices[OUTDATED] = answer.devices[latest], answer.devices[outdated]
    return devices
