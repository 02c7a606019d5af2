"""What one admin's hits of one day add up to until they are committed."""

import datetime as dt
from collections.abc import Iterator

from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.devices import HASH_BYTES
from telemetry_counter.counting.outcomes import Reason

MAX_ENTRIES = 3_000
"""Cells and devices of one commit: Lua unpacks at most 8,000 values at once, and a script should not
hold the store for more than some 15 ms."""

CELL_BYTES = 600
"""About what one cell of a batch costs in memory: its tally, two buffers and a slot in the dictionary."""


class Tally:
    """Requests of one cell and the hashes of their devices, joined."""

    __slots__ = ("cell", "devices", "requests")

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.requests = 0
        self.devices = bytearray()


class Batch:
    """Sums only: its size grows with distinct cells and devices, never with a request's text."""

    __slots__ = ("admin", "cells", "day", "hits", "number", "refusals", "size_bytes")

    def __init__(self, admin: str, day: dt.date) -> None:
        self.admin = admin
        self.day = day
        self.hits = 0
        self.number = 0
        self.size_bytes = 0
        self.cells: dict[str, Tally] = {}
        self.refusals: dict[tuple[str, Reason], int] = {}

    def add(self, cell: Cell, device: bytes) -> int:
        """One request and its device's hash (b'' for none). Returns by how many bytes the batch grew."""
        grown = len(device)
        tally = self.cells.get(cell.key)
        if tally is None:
            tally = self.cells[cell.key] = Tally(cell)
            grown += CELL_BYTES
        tally.requests += 1
        tally.devices += device
        self.hits += 1
        self.size_bytes += grown
        return grown

    def refuse(self, app: str, reason: Reason, hits: int = 1) -> None:
        self.refusals[app, reason] = self.refusals.get((app, reason), 0) + hits

    def split(self) -> "Iterator[Batch]":
        """The same sums in batches small enough for one commit each."""
        if self.hits + len(self.cells) <= MAX_ENTRIES:
            yield self
            return
        part = Batch(self.admin, self.day)
        part.refusals = self.refusals
        entries = 0
        for tally in self.cells.values():
            for requests, devices in _slices(tally):
                if entries and entries + 1 + len(devices) // HASH_BYTES > MAX_ENTRIES:
                    yield part
                    part, entries = Batch(self.admin, self.day), 0
                piece = part.cells[tally.cell.key] = Tally(tally.cell)
                piece.requests, piece.devices = requests, devices
                part.hits += requests
                entries += 1 + len(devices) // HASH_BYTES
        yield part

    def __bool__(self) -> bool:
        return bool(self.cells or self.refusals)


def _slices(tally: Tally) -> Iterator[tuple[int, bytearray]]:
    """Requests without a device go with the first slice; after it one request a device."""
    step = (MAX_ENTRIES - 1) * HASH_BYTES
    first = tally.devices[:step]
    rest = range(step, len(tally.devices), step)
    yield tally.requests - (len(tally.devices) - len(first)) // HASH_BYTES, first
    for at in rest:
        devices = tally.devices[at : at + step]
        yield len(devices) // HASH_BYTES, devices
