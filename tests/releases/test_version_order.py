import itertools
import pathlib
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from telemetry_counter.counting.names import VERSION
from telemetry_counter.releases.versions import sort_versions, version_key

CHAINS = [
    line
    for line in (pathlib.Path(__file__).parent / "version_order.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def steps(chain: str) -> list[tuple[int, str]]:
    """(step, version) of each version in a chain; versions joined by '=' share a step."""
    return [
        (number, text.strip()) for number, step in enumerate(chain.split("<")) for text in step.split("=")
    ]


@pytest.mark.parametrize("chain", CHAINS)
def test_versions_stand_as_people_read_them(chain: str) -> None:
    assert len(steps(chain)) > 1
    for (low, left), (high, right) in itertools.combinations(steps(chain), 2):
        a, b = version_key(left), version_key(right)
        assert ((a > b) - (a < b)) == ((low > high) - (low < high)), (left, right)
        assert (a == b) == (low == high)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_shuffled_chain_is_sorted_back(chain: str) -> None:
    versions = [text for _, text in sorted(steps(chain))]
    shuffled = random.Random(7).sample(versions, len(versions))
    assert sort_versions(shuffled) == versions


NUMBER = st.integers(0, 30).map(str) | st.just("20240101")
RELEASE = st.lists(NUMBER, min_size=1, max_size=4).map(".".join)
PEP_440 = st.builds(
    lambda release, pre, post, dev: release + pre + post + dev,
    RELEASE,
    st.just("")
    | st.builds("{}{}".format, st.sampled_from(["a", "b", "rc", ".alpha.", "-beta", "_c"]), NUMBER),
    st.just("") | st.builds("{}{}".format, st.sampled_from([".post", "-", "-r", "rev"]), NUMBER),
    st.just("") | st.builds("{}{}".format, st.sampled_from([".dev", "dev", "-dev."]), NUMBER),
)


@given(PEP_440, PEP_440)
def test_pep_440_versions_stand_as_packaging_has_them(left: str, right: str) -> None:
    ours = version_key(left), version_key(right)
    theirs = Version(left), Version(right)
    assert (ours[0] < ours[1]) == (theirs[0] < theirs[1])
    assert (ours[0] == ours[1]) == (theirs[0] == theirs[1])


# Words that mean 'before the release' to everyone; the others are told in docs/decisions/versions.md.
SEMVER_WORD = st.sampled_from(["alpha", "beta", "canary", "insider", "next", "nightly", "rc", "snapshot"])
SEMVER = st.builds(
    lambda numbers, word, more: (numbers, (word, *more) if word else ()),
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 3)),
    st.none() | SEMVER_WORD,
    st.lists(st.integers(0, 12) | SEMVER_WORD, max_size=3),
)
Semver = tuple[tuple[int, int, int], tuple[str | int, ...]]


def semver_text(version: Semver) -> str:
    numbers, pre = version
    return ".".join(map(str, numbers)) + ("-" + ".".join(map(str, pre)) if pre else "")


def semver_precedence(version: Semver) -> tuple[object, ...]:
    """Precedence as clause 11 of semver.org has it."""
    numbers, pre = version
    return numbers, not pre, [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in pre]


@given(SEMVER, SEMVER)
def test_semantic_versions_stand_by_their_precedence(left: Semver, right: Semver) -> None:
    ours = version_key(semver_text(left)), version_key(semver_text(right))
    theirs = semver_precedence(left), semver_precedence(right)
    assert (ours[0] < ours[1]) == (theirs[0] < theirs[1])
    assert (ours[0] == ours[1]) == (theirs[0] == theirs[1])


PARTS = [
    "v",
    "1",
    "01",
    "10",
    "2024",
    "11",
    "20",
    ".",
    "-",
    "_",
    "+",
    "~",
    "rc",
    "a",
    "dev",
    "post",
    "r",
    "g0f1",
]
VERSION_LIKE = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)
ANY_TEXT = st.text(st.characters() | st.sampled_from("0123456789.-_+²٣\ud800\0"), max_size=80)


@given(st.lists(VERSION_LIKE | ANY_TEXT, min_size=3, max_size=3))
def test_any_texts_have_one_order(texts: list[str]) -> None:
    a, b, c = (version_key(text) for text in texts)
    assert hash(a) == hash(version_key(texts[0]))
    for x, y in itertools.product((a, b, c), repeat=2):
        assert (x < y) + (x == y) + (x > y) == 1
    for x, y, z in itertools.permutations((a, b, c)):
        assert not (x <= y <= z) or x <= z


@given(st.lists(VERSION_LIKE | ANY_TEXT, max_size=8), st.randoms())
def test_sorting_does_not_depend_on_where_it_began(texts: list[str], chance: random.Random) -> None:
    shuffled = chance.sample(texts, len(texts))
    assert sort_versions(shuffled) == sort_versions(texts)
    assert sorted(sort_versions(texts)) == sorted(texts)


def test_only_as_much_is_read_as_a_name_may_hold() -> None:
    beginning = "1." + "9" * (VERSION.max_length - 2)
    assert version_key(beginning) == version_key(beginning + "9")
    assert version_key(beginning[:-1]) < version_key(beginning)


def test_a_monstrous_text_costs_nothing() -> None:
    texts = [str(number) + "9" * 1_000_000 for number in range(100)]
    started = time.perf_counter()
    assert len(sort_versions(texts)) == 100
    assert time.perf_counter() - started < 1
