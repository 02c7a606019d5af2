import math
import random

import pytest

from telemetry_counter.client.noise import add_noise, two_sided_geometric
from telemetry_counter.client.summary import MAX_COUNT, Summary, parse_events

DRAWS = 40_000


def drawn(epsilon: float) -> list[int]:
    source = random.Random(20250616)
    return [two_sided_geometric(epsilon, source.random) for _ in range(DRAWS)]


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
def test_it_has_the_documented_distribution(epsilon: float) -> None:
    noise, a = drawn(epsilon), math.exp(-epsilon)
    for k in range(-3, 4):
        expected = (1 - a) / (1 + a) * a ** abs(k)
        # Five standard errors of a share.
        assert noise.count(k) / DRAWS == pytest.approx(expected, abs=5 * math.sqrt(expected / DRAWS))
    variance = sum(k * k for k in noise) / DRAWS
    assert variance == pytest.approx(2 * a / (1 - a) ** 2, rel=0.1)


def summary(count: int) -> Summary:
    return parse_events([{"name": "opened", "count": count, "properties": {"kind": {"pdf": count}}}])


def test_every_count_gets_noise_of_its_own() -> None:
    noisy = summary(1000)
    add_noise(noisy, 0.1, random.Random(1).random)
    opened = noisy.events["opened"]
    assert len({opened.count, opened.properties["kind"]["pdf"], 1000}) == 3


def test_a_count_stays_a_count() -> None:
    for count in (1, MAX_COUNT):
        for seed in range(50):
            noisy = summary(count)
            add_noise(noisy, 0.01, random.Random(seed).random)
            assert 1 <= noisy.events["opened"].count <= MAX_COUNT


def test_without_a_source_of_chance_it_takes_the_systems() -> None:
    counts = set()
    for _ in range(20):
        noisy = summary(1000)
        add_noise(noisy, 0.01)
        counts.add(noisy.events["opened"].count)
    assert len(counts) > 5
