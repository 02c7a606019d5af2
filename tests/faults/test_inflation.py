"""Nobody outside can inflate the figures or the store; benchmarks/inflate.py has the long form."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import crafted_ids
from trials.flood import Flood, flood, impersonate, of_channels, of_one_version, of_versions
from trials.world import World, world

pytestmark = pytest.mark.anyio

HITS, KNOWN_HITS = 20_000, 5_000
VALUES = 200
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
async def one_world(own_store: str, anyio_backend: str) -> AsyncIterator[World]:
    # A stall of the machine is not what is tested here.
    async with world(own_store, COMMIT_BUDGET_MS="10000") as shared:
        yield shared


@given(st.integers(0, crafted_ids.MASK))
def test_the_end_of_the_hash_can_be_run_backwards(hashed: int) -> None:
    state = crafted_ids.before_tail(hashed)
    state = state * crafted_ids.MULTIPLIER & crafted_ids.MASK
    state = (state ^ state >> crafted_ids.SHIFT) * crafted_ids.MULTIPLIER & crafted_ids.MASK
    assert state ^ state >> crafted_ids.SHIFT == hashed


async def test_crafted_ids_count_as_many_as_they_are(one_world: World) -> None:
    ids = crafted_ids.crafted_ids()
    assert len(set(ids)) == crafted_ids.REGISTERS == 16_384
    assert all(one.isascii() and one.isprintable() and one == one.strip() for one in ids)
    assert len({crafted_ids.murmur(one.encode()) % crafted_ids.REGISTERS for one in ids}) == 16_384

    await one_world.client.pfadd("plain", *ids)
    assert await one_world.client.pfcount("plain") > 10_000_000
    await one_world.client.delete("plain")

    await one_world.open_app()
    sent = await impersonate(one_world, ids)
    assert sent.outcomes == {"counted": 16_384}
    summary = (await one_world.report())["summary"]
    assert summary["total_requests"] == 16_384
    assert summary["unique_clients"] == pytest.approx(16_384, rel=0.03)


async def test_random_names_fill_nothing_and_are_told(one_world: World) -> None:
    await one_world.open_app()
    known = await flood(one_world, KNOWN_HITS, of_one_version)
    versions = await flood(one_world, HITS, of_versions)
    channels = await flood(one_world, HITS, of_channels)

    assert known.outcomes == {"counted": KNOWN_HITS}
    assert versions.outcomes == channels.outcomes == {"counted": HITS}
    assert versions.store_bytes + channels.store_bytes < MOST_BYTES
    assert keeps_up(versions, known)
    assert keeps_up(channels, known)

    report = await one_world.report()
    assert (
        report["summary"] | {"total_requests": KNOWN_HITS + 2 * HITS, "unique_clients": 1}
        == report["summary"]
    )
    # The known version and channel have each taken one of the places.
    beyond = HITS - (VALUES - 1)
    assert report["overflow"]["versions"] == report["overflow"]["channels"] == beyond
    assert "(other)" in [one["version"] for one in report["versions"]["usage"]]
    assert "(other)" in [one["channel"] for one in report["channels"]]
    assert f"{beyond} requests are counted under (other)" in " ".join(report["notes"])


def keeps_up(flooded: Flood, known: Flood) -> bool:
    """Every query is new and has to be parsed, which may cost as much again as all the rest."""
    return flooded.cpu_us < 2.5 * known.cpu_us
