"""What two sketches have in common, told by their registers."""

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.reporting.overlap import EMPTY_DENSE, REGISTERS, read_registers, shared
from telemetry_counter.store.keys import Keys

DENSE, SPARSE = b"HYLL\x00" + bytes(11), b"HYLL\x01" + bytes(11)


@pytest.fixture
def real(store_url: str, client: Any) -> Any:
    if not store_url:
        pytest.skip("the fake store has no registers")
    return client


async def add(client: Any, key: str, devices: Iterable[int]) -> bytes:
    """The sketch of those devices as the store keeps it."""
    hashes = [hashlib.blake2b(str(device).encode(), digest_size=8).digest() for device in devices]
    for start in range(0, len(hashes), 5_000):
        await client.pfadd(key, *hashes[start : start + 5_000])
    sketch: bytes = await client.get(key)
    return sketch


@pytest.mark.parametrize("devices", [0, 1, 30, 1_000, 30_000])
async def test_registers_as_the_store_tells_them(real: Any, keys: Keys, devices: int) -> None:
    await real.pfadd(keys.prefix)
    sketch = await add(real, keys.prefix, range(devices))
    assert list(read_registers(sketch)) == await real.execute_command("PFDEBUG", "GETREG", keys.prefix)


async def test_an_empty_sketch_of_ours_is_one_to_the_store(real: Any, keys: Keys) -> None:
    await real.set(keys.prefix, EMPTY_DENSE)
    assert await real.pfcount(keys.prefix) == 0
    await real.pfadd(keys.prefix, "a")
    assert await real.pfcount(keys.prefix) == 1


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (20_000, 1_000, 0),
        (20_000, 1_000, 500),
        (20_000, 5_000, 500),
        (10_000, 10_000, 9_000),
        (2_000, 400, 100),
        (300, 90, 30),
    ],
)
async def test_the_difference_is_closer_than_that_of_counts(
    real: Any, keys: Keys, one: int, other: int, both: int
) -> None:
    """Over a few sets of devices; the bound is some four times what was measured."""
    only = other - both
    told, subtracted = 0.0, 0.0
    for start in range(0, 8 * 100_000, 100_000):
        names = f"{{{keys.prefix}}}{start}a", f"{{{keys.prefix}}}{start}b"
        first = await add(real, names[0], range(start, start + one))
        second = await add(real, names[1], range(start + one - both, start + one + only))
        sizes = [await real.pfcount(name) for name in names]
        told += abs(sizes[1] - shared(first, second, *sizes) - only) / 8
        subtracted += abs(await real.pfcount(*names) - sizes[0] - only) / 8
    assert told < max(3.0, 0.04 * only)
    assert told < max(2.0, subtracted)


def test_nothing_is_shared_with_nobody() -> None:
    assert shared(EMPTY_DENSE, EMPTY_DENSE, 0, 0) == 0


@pytest.mark.parametrize("sketch", [b"", b"HYLL", b"no sketch at all", DENSE, SPARSE, DENSE + bytes(12_287)])
def test_what_is_no_sketch(sketch: bytes) -> None:
    with pytest.raises(ValueError, match="HyperLogLog"):
        read_registers(sketch)


@settings(deadline=None)
@given(
    st.sampled_from([b"", DENSE, SPARSE]),
    st.binary(max_size=20_000) | st.binary(min_size=12_288, max_size=12_288),
)
def test_any_bytes_are_registers_or_an_error(header: bytes, body: bytes) -> None:
    try:
        registers = read_registers(header + body)
    except ValueError:
        return
    assert len(registers) == REGISTERS
    assert max(registers) < 64
