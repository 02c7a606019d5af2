"""Sums of hits, and their split into commits."""

import datetime as dt
import sys
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.counting.batch import MAX_ENTRIES, SUM_WEIGHT, Batch, Value
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.devices import HASH_BYTES
from telemetry_counter.counting.outcomes import Reason

TODAY = dt.date(2025, 6, 16)
LUA_UNPACKS = 8_000


def cell(version: int, app: str = "editor") -> Cell:
    return Cell(Check("acme", app, f"1.{version}", "stable", "linux", "amd64", "", ""))


def page(path: int, *, is_sketched: bool = True) -> Value:
    return Value("docs", "w", "p:", f"/{path}", 2000, is_sketched)


def devices_of(joined: bytes) -> Counter[bytes]:
    return Counter(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))


def sums(*batches: Batch) -> tuple[Counter[str], dict[str, Counter[bytes]], Counter[tuple[str, Reason]]]:
    requests: Counter[str] = Counter()
    devices: dict[str, Counter[bytes]] = {}
    refusals: Counter[tuple[str, Reason]] = Counter()
    for batch in batches:
        named = [*batch.cells.items(), *((str(value), one) for value, one in batch.values.items())]
        for name, one in named:
            requests[name] += one.requests
            devices.setdefault(name, Counter()).update(devices_of(bytes(one.devices)))
        refusals.update(batch.refusals)
    return requests, devices, refusals


Hits = list[tuple[int, int, int]]
kinds = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 5_000)), max_size=12
)  # what, which of it, hits


@settings(deadline=None, max_examples=60)
@given(kinds)
def test_any_batch_splits_into_commits_of_the_same_sums(hits: Hits) -> None:
    batch = Batch("acme", TODAY)
    for kind, which, number in hits:
        for n in range(number):
            hashed = n.to_bytes(HASH_BYTES, "big")
            match kind:
                case 0:
                    batch.add(cell(which), hashed)
                case 1:
                    batch.add(cell(n), b"")
                case 2:
                    batch.add_values([page(which)], hashed)
                case 3:
                    batch.add_values([page(which, is_sketched=False)], hashed, 3)
        batch.refuse("editor", Reason.INVALID, which + 1)
    whole = sums(batch)

    parts = list(batch.split())

    assert sums(*parts) == whole
    for part in parts:
        entries = [*part.cells.values(), *part.values.values()]
        devices = sum(len(one.devices) // HASH_BYTES for one in entries)
        assert SUM_WEIGHT * len(entries) + devices <= MAX_ENTRIES
        assert max(devices, 2 * len(entries)) < LUA_UNPACKS
        assert all(one.requests >= len(one.devices) // HASH_BYTES for one in entries)
        assert part.admin == "acme"
        assert part.day == TODAY


def test_a_batch_at_the_bound_is_one_commit_and_one_more_is_two() -> None:
    batch = Batch("acme", TODAY)
    for n in range(MAX_ENTRIES - SUM_WEIGHT):
        batch.add(cell(0), n.to_bytes(HASH_BYTES, "big"))
    assert len(list(batch.split())) == 1

    batch.add(cell(0), b"one more")
    assert len(list(batch.split())) == 2


def test_refusals_alone_are_a_commit() -> None:
    batch = Batch("acme", TODAY)
    assert not batch
    batch.refuse("editor", Reason.INVALID)
    assert batch
    assert list(batch.split()) == [batch]


def test_growth_is_that_of_the_memory() -> None:
    batch = Batch("acme", TODAY)
    first = batch.add(cell(0), b"12345678")
    again = batch.add(cell(0), b"87654321")
    unnamed = batch.add(cell(0), b"")

    assert first > again == HASH_BYTES > unnamed == 0
    assert first >= sum(map(sys.getsizeof, (*batch.cells, *batch.cells.values())))
    assert batch.size_bytes == first + again


def test_hits_of_an_app_are_those_of_its_cells_and_spaces() -> None:
    batch = Batch("acme", TODAY)
    for app, number in (("editor", 3), ("player", 2)):
        for _ in range(number):
            batch.add(cell(1, app), b"")
    every = Value("docs", "w", "", "all", 0, True)
    batch.add_values([every, page(1)], b"")
    batch.add_values([every, page(2)], b"")

    assert batch.hits_by_app() == {"editor": 3, "player": 2, "docs": 2}
    assert batch.hits_by_app({cell(1).key, "docs:w"}) == {"editor": 3, "docs": 2}
    assert batch.hits_by_app(()) == {}
