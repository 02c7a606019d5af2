"""What one admin's hits of one day add up to until they are committed."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.devices import HASH_BYTES
from telemetry_counter.counting.outcomes import Reason

MAX_ENTRIES = 3_000
"""Devices of one commit: Lua unpacks at most 8,000 values at once, and a script should not hold the store
for more than some 15 ms."""

SUM_WEIGHT = 4
"""A sum costs the store and the service about as much as so many devices."""

SUM_BYTES = 1_000
"""What one sum of a batch costs in memory, with the longest names: 440 to 1,040 bytes were measured."""


class Value(NamedTuple):
    """What a hit without a cell adds to: the value of a dimension in a space of its own.

    `cap` is the most distinct values of the dimension a day (0: as many as there are), `is_sketched`
    whether devices are kept for it.
    """

    app: str
    space: str
    dimension: str
    value: str
    cap: int
    is_sketched: bool


class Sum:
    """Requests, and the hashes of the devices that made them, joined."""

    __slots__ = ("devices", "of", "requests")

    def __init__(self, of: Cell | Value) -> None:
        self.of = of
        self.requests = 0
        self.devices = bytearray()


class Batch:
    """Sums only: its size grows with distinct values and devices, never with a request's text."""

    __slots__ = ("admin", "cells", "day", "hits", "number", "refusals", "size_bytes", "values")

    def __init__(self, admin: str, day: dt.date) -> None:
        self.admin = admin
        self.day = day
        self.hits = 0
        self.number = 0
        self.size_bytes = 0
        self.cells: dict[str, Sum] = {}
        self.values: dict[Value, Sum] = {}
        self.refusals: dict[tuple[str, Reason], int] = {}

    def add(self, cell: Cell, device: bytes) -> int:
        """One request and its device's hash (b'' for none). Returns by how many bytes the batch grew."""
        grown = len(device)
        tally = self.cells.get(cell.key)
        if tally is None:
            tally = self.cells[cell.key] = Sum(cell)
            grown += SUM_BYTES
        tally.requests += 1
        tally.devices += device
        self.hits += 1
        self.size_bytes += grown
        return grown

    def add_values(self, values: Iterable[Value], device: bytes, requests: int = 1) -> int:
        """A hit, or `requests` alike, that adds to each of the values. Returns by how many bytes it grew."""
        grown = 0
        for value in values:
            tally = self.values.get(value)
            if tally is None:
                tally = self.values[value] = Sum(value)
                grown += SUM_BYTES
            tally.requests += requests
            if value.is_sketched:
                tally.devices += device
                grown += len(device)
        self.hits += requests
        self.size_bytes += grown
        return grown

    def refuse(self, app: str, reason: Reason, hits: int = 1) -> None:
        self.refusals[app, reason] = self.refusals.get((app, reason), 0) + hits

    def hits_by_app(self, only: Collection[str] | None = None) -> dict[str, int]:
        """Hits of all cells and spaces, or only of those named by a cell's key or 'app:space'."""
        hits: Counter[str] = Counter()
        for key, one in self.cells.items():
            if only is None or key in only:
                hits[one.of.app] += one.requests
        for (app, space), requests in self._hits_by_space().items():
            if only is None or f"{app}:{space}" in only:
                hits[app] += requests
        return hits

    def _hits_by_space(self) -> dict[tuple[str, str], int]:
        """By the value that every hit of a space adds to; the others would count a hit several times."""
        hits: dict[tuple[str, str], int] = {}
        for value, one in self.values.items():
            space = value.app, value.space
            hits[space] = max(hits.get(space, 0), one.requests)
        return hits

    def split(self) -> "Iterator[Batch]":
        """The same sums in batches small enough for one commit each."""
        sums = [*self.cells.values(), *self.values.values()]
        if SUM_WEIGHT * len(sums) + sum(len(one.devices) for one in sums) // HASH_BYTES <= MAX_ENTRIES:
            yield self
            return
        part = Batch(self.admin, self.day)
        part.refusals = self.refusals
        entries = 0
        for one in sums:
            for requests, devices in _slices(one):
                weight = SUM_WEIGHT + len(devices) // HASH_BYTES
                if entries and entries + weight > MAX_ENTRIES:
                    yield part
                    part, entries = Batch(self.admin, self.day), 0
                part._put(one.of, requests, devices)
                entries += weight
        yield part

    def _put(self, of: Cell | Value, requests: int, devices: bytearray) -> None:
        piece = Sum(of)
        piece.requests, piece.devices = requests, devices
        if isinstance(of, Cell):
            self.cells[of.key] = piece
        else:
            self.values[of] = piece

    def __bool__(self) -> bool:
        return bool(self.cells or self.values or self.refusals)


def _slices(whole: Sum) -> Iterator[tuple[int, bytearray]]:
    """All requests but those of the later slices' devices go with the first."""
    step = (MAX_ENTRIES - SUM_WEIGHT) * HASH_BYTES
    later = max(0, len(whole.devices) - step) // HASH_BYTES
    yield whole.requests - later, whole.devices[:step]
    for at in range(step, len(whole.devices), step):
        devices = whole.devices[at : at + step]
        yield len(devices) // HASH_BYTES, devices
