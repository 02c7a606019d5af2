import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client import buckets
from telemetry_counter.client.names import is_value


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(0, "0-100ms"), (0.0999, "0-100ms"), (0.1, "100ms-1s"), (59.9, "10s-1m"), (60, "1m-10m"), (3600, "1h+")],
)
def test_durations(seconds: float, label: str) -> None:
    assert buckets.duration(seconds) == label


@pytest.mark.parametrize(
    ("octets", "label"), [(0, "0-10KB"), (9_999, "0-10KB"), (10_000, "10KB-100KB"), (10**9, "1GB+")]
)
def test_sizes(octets: float, label: str) -> None:
    assert buckets.size(octets) == label


@pytest.mark.parametrize(
    ("count", "label"),
    [(0, "0"), (1, "1"), (2, "2-5"), (5, "2-5"), (6, "6-10"), (1000, "101-1000"), (1001, "1001+")],
)
def test_numbers(count: int, label: str) -> None:
    assert buckets.number(count) == label


@pytest.mark.parametrize(
    ("gib", "label"), [(0.5, "2GB"), (3.8, "4GB"), (7.7, "8GB"), (15.6, "16GB"), (64, "64GB"), (128, "64GB+")]
)
def test_memory(gib: float, label: str) -> None:
    assert buckets.memory_tier(gib * 2**30) == label


def test_the_memory_of_this_machine_has_a_tier() -> None:
    assert buckets.memory_tier() != buckets.UNKNOWN


@pytest.mark.parametrize(
    ("version", "parts", "label"),
    [
        ("18.2.1", 1, "18"),
        ("v20", 1, "20"),
        ("3.11.7", 2, "3.11"),
        ("3.14rc1", 2, "3.14"),
        ("3", 2, "3"),
        ("unstable", 1, "unknown"),
        ("", 1, "unknown"),
        ("123456789.1", 1, "unknown"),
    ],
)
def test_major_versions(version: str, parts: int, label: str) -> None:
    assert buckets.major_version(version, parts) == label


@settings(deadline=None)
@given(st.floats() | st.integers())
def test_any_figure_has_a_bucket_that_can_be_sent(figure: float) -> None:
    for bucket in (buckets.duration, buckets.size, buckets.number, buckets.memory_tier):
        assert is_value(bucket(figure))


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_major_version_that_can_be_sent(text: str) -> None:
    assert is_value(buckets.major_version(text, 2))


@pytest.mark.parametrize("figure", [-1, math.nan])
def test_what_is_no_figure_is_unknown(figure: float) -> None:
    assert buckets.duration(figure) == buckets.UNKNOWN
