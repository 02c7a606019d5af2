"""Counting unions of sketches in the store."""

from typing import Any

import pytest
from redis.exceptions import ResponseError

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.unions import SKETCHES_AT_ONCE, count_unions


@pytest.fixture
async def own(client: Client, keys: Keys) -> AdminKeys:
    own = keys.admin("acme")
    for number in range(3 * SKETCHES_AT_ONCE):
        await client.pfadd(sketch(own, number), f"device {number}", "the same")
    return own


def sketch(own: AdminKeys, number: int) -> str:
    return f"{own.stem}sketch:{number}"


async def test_small_and_large_ones(client: Client, own: AdminKeys) -> None:
    sizes = (0, 1, 2, SKETCHES_AT_ONCE - 1, SKETCHES_AT_ONCE, SKETCHES_AT_ONCE + 1, 3 * SKETCHES_AT_ONCE)
    unions = [[sketch(own, number) for number in range(size)] for size in sizes]
    counts = await count_unions(client, own, unions)
    assert counts[:3] == [0, 2, 3]
    for size, count in zip(sizes[3:], counts[3:], strict=True):
        assert count == pytest.approx(size + 1, rel=0.02)


async def test_nothing_is_left_behind(client: Client, own: AdminKeys) -> None:
    before = await client.dbsize()
    await count_unions(client, own, [[sketch(own, number) for number in range(3 * SKETCHES_AT_ONCE)]])
    assert await client.dbsize() == before


async def test_equal_ones_and_missing_ones(client: Client, own: AdminKeys) -> None:
    one, none = [sketch(own, 1)], [sketch(own, 10_000)]
    assert await count_unions(client, own, [one, none, one, []]) == [2, 0, 2, 0]


async def test_a_store_that_forgot_its_scripts(client: Any, own: AdminKeys) -> None:
    await count_unions(client, own, [[sketch(own, 1)]])
    await client.script_flush()
    assert await count_unions(client, own, [[sketch(own, 1)], [sketch(own, 1), sketch(own, 2)]]) == [2, 3]


async def test_a_key_that_is_no_sketch(client: Client, own: AdminKeys) -> None:
    await client.set(sketch(own, 0), "no sketch")
    with pytest.raises((StoreUnavailable, ResponseError)):
        await count_unions(client, own, [[sketch(own, 0)]])
