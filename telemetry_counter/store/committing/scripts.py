"""The commit script and the way a batch is told to it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from struct import Struct
from typing import cast

from telemetry_counter.counting.batch import Batch, Sum, Value
from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.clock import expires_at
from telemetry_counter.errors import CounterError
from telemetry_counter.store.keys import Keys, day_stamp

MARKER_SECONDS = 3 * 86_400
"""How long a writer's last batch is remembered: longer than any outage its retries could outlive."""

Argument = bytes | str | int


class CommitRefused(CounterError):
    """The store will never take this batch; trying again would not help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that the script enforces, per app and day, and how long it all lives."""

    value_cap: int = 200
    cell_cap: int = 2000
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What a commit could not write, because a key holds something that is not ours."""

    kind: str
    name: str


class CommitCall:
    """Builds the arguments of the commit script for the batches of one writer."""

    __slots__ = ("_keys", "_limits", "_writer")

    def __init__(self, keys: Keys, limits: Limits, writer_id: str) -> None:
        self._keys = keys
        self._limits = limits
        self._writer = writer_id

    def arguments(self, batch: Batch, *, closed: bool) -> list[Argument]:
        """The key and the ARGV that commit.lua describes."""
        keys = self._keys.admin(batch.admin)
        by_app = _by_app(batch)
        arguments: list[Argument] = [
            keys.writer(self._writer),
            keys.day(batch.day),
            expires_at(batch.day, self._limits.retention_days),
            batch.number,
            MARKER_SECONDS,
            self._limits.value_cap,
            self._limits.cell_cap,
            keys.revisions if closed else "",
            day_stamp(batch.day),
            len(by_app),
        ]
        for app, (cells, values, refusals) in by_app.items():
            names, packed = _pack_cells(cells)
            arguments += (app, len(names), len(cells), len(values), len(refusals), *names)
            arguments += [cast(Cell, one.of).field for one in cells]
            arguments += packed
            for one in values:
                arguments += _value_arguments(cast(Value, one.of), one)
            for reason, hits in refusals:
                arguments += (reason, hits)
        return arguments


Group = tuple[list[Sum], list[Sum], list[tuple[str, int]]]
"""Cells, values and refusals of one app."""


_PACKED = Struct("<HHHHI")


def _pack_cells(cells: list[Sum]) -> tuple[Collection[str], list[bytes]]:
    """The cells' values and 'all'; and each cell, packed but for its field."""
    places = {"": 0}
    packed: list[bytes] = []
    for one in cells:
        cell = cast(Cell, one.of)
        channel, platform, arch, version = cell.values
        head = _PACKED.pack(
            places.setdefault(channel, len(places)),
            places.setdefault(platform, len(places)),
            places.setdefault(arch, len(places)),
            places.setdefault(version, len(places)),
            one.requests,
        )
        packed.append(head + one.devices)
    del places[""]
    places["all"] = len(places)
    return places, packed


def _value_arguments(value: Value, one: Sum) -> tuple[Argument, ...]:
    sketched = 1 if value.is_sketched else 0
    return (
        value.space,
        value.dimension,
        value.value,
        value.cap,
        one.requests,
        bytes(one.devices),
        sketched,
    )


def _by_app(batch: Batch) -> dict[str, Group]:
    groups: dict[str, Group] = defaultdict(lambda: ([], [], []))
    for one in batch.cells.values():
        groups[one.of.app][0].append(one)
    for one in batch.values.values():
        groups[one.of.app][1].append(one)
    for (app, reason), hits in batch.refusals.items():
        groups[app][2].append((reason.value, hits))
    return groups


def read_reply(reply: list[bytes]) -> list[Unwritten]:
    """What was not written, from the script's answer."""
    words = [word.decode("utf-8", "replace") for word in reply[1:]]
    return [Unwritten(kind, name) for kind, name in zip(words[::2], words[1::2], strict=True)]
