"""Asking the store about unions of sketches, in one round trip for as many as are wanted."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from redis.asyncio.client import Pipeline

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.overlap import EMPTY_DENSE, shared
from telemetry_counter.store.calls import chunks, refuses_writes, run, run_script, script
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys

SKETCHES_AT_ONCE = 200
"""Most that one command unites: a dense sketch costs Redis 7 some 22 us, so none takes 5 ms."""

SCRATCH_SECONDS = 60

NEARLY_EXACT = 100
"""Devices up to which hardly two share a register, so that a plain difference is as good as any."""

Union = tuple[str, ...]
"""Keys of sketches."""

Parts = Sequence[Union]
"""A union in parts, of which a large one is put together once, however many unions have it."""

Pair = tuple[Union, Union]

Difference = tuple[int, int]
"""Devices of the one union, and those that are only in the other."""


@dataclass(slots=True)
class Answer:
    devices: dict[Union, int] = field(default_factory=dict)
    differences: dict[Pair, Difference] = field(default_factory=dict)
    found: int = 0


def joined(parts: Parts) -> Union:
    return tuple(chain.from_iterable(parts))


class Question:
    """Collects what is to be asked. What has to be put together for it is gone afterwards."""

    def __init__(self, client: Client, keys: AdminKeys) -> None:
        self._client = client
        self._keys = keys
        self._unions: dict[Union, Union] = {}
        self._pairs: dict[Pair, tuple[str, str]] = {}
        self._found: Sequence[str] = ()
        self._held: dict[Union, str] = {}
        self._pipeline: Pipeline = client.pipeline(transaction=False)

    def count(self, union: Union) -> None:
        """How many devices it holds."""
        if union and union not in self._unions:
            self._unions[union] = union if len(union) <= SKETCHES_AT_ONCE else (self._hold(union),)

    def count_parts(self, parts: Parts) -> Union:
        """How many devices they hold together; the answer is under the union that is returned."""
        union = tuple(self._hold(part) for part in parts if part)
        self.count(union)
        return union

    def compare(self, one: Parts, other: Parts) -> None:
        """How many devices the one holds, and how many only the other."""
        pair = joined(one), joined(other)
        if all(pair):
            self._pairs[pair] = self._hold_parts(one), self._hold_parts(other)
        else:
            self.count(pair[0])
            self.count(pair[1])

    def find(self, keys: Sequence[str]) -> None:
        """How many of the keys are there after all else was read."""
        self._found = keys

    async def answer(self) -> Answer:
        """Raises StoreUnavailable; see refuses_writes() for a way out."""
        loads = list(_loads(self._unions.values()))
        begin = len(self._pipeline)
        for load in loads:
            sketches = list(chain.from_iterable(load))
            self._queue("count_unions", sketches, *map(len, load))
        if self._pairs:
            self._queue("compare_pairs", list(chain.from_iterable(self._pairs.values())))
        if self._found:
            self._pipeline.exists(*self._found)
        if self._held:
            self._pipeline.unlink(*self._held.values())
        replies = iter((await run(self._pipeline))[begin:] if len(self._pipeline) else ())
        counts = chain.from_iterable([next(replies) for _ in loads])
        devices = dict(zip(self._unions, counts, strict=True))
        compared = next(replies) if self._pairs else ()
        differences = {pair: difference(*of) for pair, of in zip(self._pairs, compared, strict=True)}
        return Answer({(): 0} | devices, differences, next(replies) if self._found else 0)

    def _hold_parts(self, parts: Parts) -> str:
        return self._hold(tuple(self._hold(part) for part in parts if part))

    def _hold(self, union: Union) -> str:
        """The key of a sketch that holds the whole union when it is read."""
        if len(union) == 1:
            return union[0]
        key = self._held.get(union)
        if key is None:
            key = self._held[union] = self._keys.scratch(secrets.token_hex(8))
            for some in chunks(union, SKETCHES_AT_ONCE):
                self._queue("merge_sketches", [key, *some], SCRATCH_SECONDS, EMPTY_DENSE)
        return key

    def _queue(self, name: str, sketches: Sequence[str], *arguments: bytes | int) -> None:
        # With its text: a pipeline cannot ask again if the store does not know the script.
        self._pipeline.eval(script(name)[0], len(sketches), *sketches, *arguments)


def _loads(unions: Iterable[Union]) -> Iterator[list[Union]]:
    """The unions in groups that do not hold the store for long."""
    load: list[Union] = []
    size = 0
    for union in unions:
        if load and size + len(union) > SKETCHES_AT_ONCE:
            yield load
            load, size = [], 0
        load.append(union)
        size += len(union)
    if load:
        yield load


def difference(one: int, other: int, together: int, first: bytes, second: bytes) -> Difference:
    """`first` and `second` are the two sketches, '' where the store does not show them."""
    if together > NEARLY_EXACT:
        try:
            return one, max(0, round(other - shared(first, second, one, other)))
        except ValueError:
            pass
    return one, max(0, together - one)


async def count_unions(client: Client, keys: AdminKeys, unions: Sequence[Iterable[str]]) -> list[int]:
    """The devices of each."""
    question = Question(client, keys)
    wanted = [tuple(union) for union in unions]
    for union in wanted:
        question.count(union)
    try:
        devices = (await question.answer()).devices
    except StoreUnavailable as error:
        if not refuses_writes(error):
            raise
        devices = await count_plainly(client, wanted)
    return [devices[union] for union in wanted]


async def count_plainly(client: Client, unions: Sequence[Union]) -> dict[Union, int]:
    """The devices of each, where nothing can be put together; a large union holds the store for long."""
    pipeline = client.pipeline(transaction=False)
    wanted = [union for union in dict.fromkeys(unions) if union]
    for union in wanted:
        pipeline.pfcount(*union)
    counts: list[Any] = await run(pipeline) if wanted else []
    return {(): 0} | dict(zip(wanted, counts, strict=True))


async def count_keys(client: Client, keys: Sequence[str]) -> int:
    """How many of them there are."""
    pipeline = client.pipeline(transaction=False)
    pipeline.exists(*keys)
    return int((await run(pipeline))[0]) if keys else 0


async def merge(client: Client, into: str, union: Union, seconds: int) -> None:
    """Adds sketches to a union that lives so many seconds from now on."""
    for some in chunks(union, SKETCHES_AT_ONCE):
        await run_script(client, "merge_sketches", [into, *some], seconds, EMPTY_DENSE)
