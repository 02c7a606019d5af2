"""What is shown of a public app gives no small group away."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting.public import (
    BLURRED_FROM,
    DIMENSIONS,
    FEWEST,
    MOST_GROUPS,
    RANGES,
    Groups,
    Public,
    as_json,
    merge,
    on_latest,
    plan,
    requests_shown,
    rounded,
    share,
    shown,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, 0), (5, 5), (99, 99), (100, 100), (104, 100), (105, 110), (994, 990), (995, 1000), (12_345, 12_000)],
)
def test_two_significant_digits(number: int, text: int) -> None:
    assert rounded(number) == text


@given(st.integers(0, 10**12))
def test_rounding_is_close_and_has_two_digits(number: int) -> None:
    assert abs(rounded(number) - number) * 20 <= number
    assert len(str(rounded(number)).rstrip("0")) <= 2


Members = Mapping[str, frozenset[int]]
"""The devices of each value."""

devices = st.frozensets(st.integers(0, 160))
sizes = st.lists(st.one_of(st.integers(0, 8), st.integers(0, 120)), max_size=12)
partitions = sizes.map(lambda numbers: split(**{f"v{at}": size for at, size in enumerate(numbers)}))
overlapping = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), devices, max_size=12)
unstated = st.integers(0, 8)


def published(members: Members, others: int, hidden: frozenset[str] = frozenset()) -> tuple[int, Groups]:
    """The total and what is shown; `others`: devices that stated no value."""
    everybody = frozenset(chain.from_iterable(members.values()))
    total = len(everybody) + others
    planned = plan({name: len(of) for name, of in members.items()}, hidden)
    unions = [len(frozenset().union(*(members[name] for name in names))) for names in planned.others(total)]
    return total, merge(planned, total, unions)


@given(partitions | overlapping, unstated, st.frozensets(st.sampled_from(["a", "b", "v0", "v1", "v2"])))
def test_nothing_small_or_hidden_is_ever_shown(members: Members, others: int, hidden: frozenset[str]) -> None:
    _, groups = published(members, others, hidden)
    for name, count in groups.values:
        assert len(members[name]) >= FEWEST
        assert name not in hidden
        assert count == rounded(len(members[name]))
    assert groups.other is None or groups.other >= FEWEST
    assert len(groups.values) <= MOST_GROUPS


@settings(max_examples=400)
@given(partitions, unstated)
def test_subtracting_what_is_shown_finds_no_small_group(members: Members, others: int) -> None:
    total, groups = published(members, others)
    if shown(total) is None:
        assert (list(groups.values), groups.other) == ([], None)
        return
    left = range(*possible(total, groups))
    assert left, "the truth is always possible"
    assert not all(0 < devices < FEWEST for devices in left)


def possible(total: int, groups: Groups) -> tuple[int, int]:
    """The least number of devices that may be in no group that is shown, and the first that may not."""
    figures = [count for _, count in groups.values] + ([groups.other] if groups.other else [])
    low = sum(bounds(figure)[1] for figure in figures)
    high = sum(bounds(figure)[0] for figure in figures)
    least, most = bounds(rounded(total))
    return max(0, least - low), most - high + 1


def bounds(figure: int) -> tuple[int, int]:
    """The least and the greatest number that is rounded to it, as an outsider works them out."""
    near = [number for number in range(figure - figure // 15 - 1, figure + figure // 15 + 2)]
    fitting = [number for number in near if number >= 0 and rounded(number) == figure]
    return fitting[0], fitting[-1]


def test_the_bounds_are_what_the_rounding_makes_of_them() -> None:
    assert [bounds(figure) for figure in (7, 99, 100, 110)] == [(7, 7), (99, 99), (100, 104), (105, 114)]


def test_of_few_devices_another_group_is_folded() -> None:
    members = split(a=40, b=10, c=3)
    assert published(members, 0)[1] == Groups([("a", 40)], 13)


def test_of_many_devices_only_the_small_group_is_left_out() -> None:
    assert published(split(a=1000, b=500, c=2), 0)[1] == Groups([("a", 1000), ("b", 500)], None)


def test_small_groups_together_are_shown_as_one() -> None:
    assert published(split(a=200, b=4, c=4), 0)[1] == Groups([("a", 200)], 8)


def test_a_young_version_is_in_the_rest_however_many_have_it() -> None:
    assert published(split(a=50, b=30), 0, frozenset({"b"}))[1] == Groups([("a", 50)], 30)


def test_who_stated_nothing_is_not_found_by_subtracting() -> None:
    assert published(split(a=40, b=20), 2)[1] == Groups()
    assert published(split(a=40, b=20), 5)[1] == Groups([("a", 40), ("b", 20)], None)


def test_the_overflow_never_stands_for_itself() -> None:
    assert published({**split(a=50), OTHER: frozenset(range(500, 530))}, 0)[1] == Groups([("a", 50)], 30)


def split(**sizes: int) -> dict[str, frozenset[int]]:
    numbers: Iterator[int] = iter(range(100_000))
    return {name: frozenset(next(numbers) for _ in range(size)) for name, size in sizes.items()}


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_share_on_the_latest_gives_no_few_away(latest: int, outdated: int) -> None:
    percent = on_latest(latest, outdated)
    few = [part for part in (latest, outdated) if 0 < part < FEWEST]
    if latest + outdated < FEWEST or (few and latest + outdated < BLURRED_FROM):
        assert percent is None
    else:
        assert percent == share(0 if latest < FEWEST else rounded(latest), rounded_sum(latest, outdated))


def rounded_sum(*parts: int) -> int:
    return sum(rounded(part) for part in parts if part >= FEWEST)


def test_of_few_devices_no_requests_are_shown() -> None:
    assert requests_shown(1000, FEWEST - 1) is None
    assert requests_shown(1234, FEWEST) == 1200
    assert (shown(FEWEST - 1), shown(0), shown(FEWEST)) == (None, None, FEWEST)


def test_as_json() -> None:
    public = Public(
        until=dt.date(2025, 6, 15),
        devices={"day": None, "week": 120, "month": 150},
        requests={"day": None, "week": 30, "month": 1300},
        daily=[(dt.date(2025, 6, 14), 7), (dt.date(2025, 6, 15), None)],
        on_latest=62,
        groups={name: Groups([("a<b>", 75)], 45) for name in DIMENSIONS},
    )
    answer = orjson.loads(orjson.dumps(as_json("acme", "editor", public, "1.2")))
    assert answer["versions"] == [
        {"name": "a<b>", "devices": 75, "percent": 62},
        {"name": OTHER, "devices": 45, "percent": 38},
    ]
    assert answer["devices"].keys() == answer["requests"].keys() == RANGES.keys()
    assert answer["daily"][1] == {"date": "2025-06-15", "devices": None}
    assert answer["on_latest_percent"] == 62
