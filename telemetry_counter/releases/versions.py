"""One order over every text that may be called a version; why it is our own: docs/decisions/versions.md.

A version is read as a name, numbers, and what follows them:

    nightly-20240101        name nightly, 20240101     below everything that begins with its number
    v1.2.0-beta.4           1.2, pre-release beta 4
    1.2.0a1.post2.dev3      1.2, pre-release alpha 1, after it 2, development build 3 of that
    1.2.3-4-gabcdef         1.2.3, after it 4, rest gabcdef
    1.2.3+45                1.2.3, build 45
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from telemetry_counter.counting.names import VERSION

_SHAPE = re.compile(
    r"(?P<name>[^0-9]*)"
    r"(?P<release>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])|[0-9]+(?:[._][0-9]+)*)?"
    r"(?P<tail>[^+]*)(?P<build>.*)",
    re.DOTALL,
)
# A '-' between two digits is a token itself: it makes 1.2.3-4 the fourth build after 1.2.3.
_TOKEN = re.compile(r"(?<=[0-9])-(?=[0-9])|[0-9]+|[^\W\d_]+")

_SILENT = frozenset({"v", "ver", "version", "rel", "release", "final", "ga", "stable"})
_AFTER = frozenset({"-", "post", "rev", "r", "p", "pl", "patch", "hotfix", "sp", "build"})
_DEVELOPMENT = frozenset({"dev"})
_SAME = {"a": "alpha", "b": "beta", "c": "rc", "pre": "rc", "preview": "rc"}

_UNRELEASED, _PRE_RELEASE, _FINAL = range(3)


class VersionKey(NamedTuple):
    """What versions are compared by, field by field; texts of one standing (1.0, v1.0.0) share one key."""

    numbered: bool
    name: str
    release: tuple[int, ...]
    phase: int
    pre: str
    after: int
    settled: bool
    development: int
    rest: str
    build: str


def version_key(text: str) -> VersionKey:
    """The place of a version in the order; never raises. Only the first 64 characters count."""
    # The cut also bounds what one cached key may weigh and how many digits int() is ever given.
    return _read(text[: VERSION.max_length])


def sort_versions(texts: Iterable[str]) -> list[str]:
    """Ascending; versions of one standing in the order of their texts."""
    return sorted(texts, key=lambda text: (version_key(text), text))


@lru_cache(maxsize=4096)
def _read(text: str) -> VersionKey:
    text = text.lower()
    shape = _SHAPE.fullmatch(text)
    assert shape is not None  # noqa: S101 - every part of the pattern may be empty
    name = _sortable(_tokens(text, *shape.span("name")))
    release = _release(shape["release"] or "")
    pre, marked = _split(_tokens(text, *shape.span("tail")))
    after, marked = _take(marked, _AFTER)
    development, rest = _take(marked, _DEVELOPMENT)
    return VersionKey(
        numbered=shape["release"] is not None and not name,
        name=name,
        release=release,
        phase=_phase(pre, after, development),
        pre=_sortable(_SAME.get(token, token) for token in pre),
        after=after,
        settled=development < 0,
        development=development,
        rest=_sortable(rest),
        build=_sortable(_tokens(text, *shape.span("build"))),
    )


def _tokens(text: str, start: int, end: int) -> list[str]:
    return [token for token in _TOKEN.findall(text, start, end) if token not in _SILENT]


def _release(text: str) -> tuple[int, ...]:
    """Numbers without trailing zeros, so that 1.0 is 1.0.0."""
    numbers = [int(number) for number in re.findall("[0-9]+", text)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _split(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The pre-release, and everything from the first word that says 'after' or 'development' on."""
    if tokens and tokens[0].isdecimal():
        tokens.insert(0, "-")
    marks = _AFTER | _DEVELOPMENT
    at = next((at for at, token in enumerate(tokens) if token in marks), len(tokens))
    return tokens[:at], tokens[at:]


def _take(tokens: list[str], words: frozenset[str]) -> tuple[int, list[str]]:
    """The number behind a leading word (0 where it has none, -1 where the word is absent) and the rest."""
    if not tokens or tokens[0] not in words:
        return -1, tokens
    if len(tokens) > 1 and tokens[1].isdecimal():
        return int(tokens[1]), tokens[2:]
    return 0, tokens[1:]


def _phase(pre: list[str], after: int, development: int) -> int:
    if pre:
        return _PRE_RELEASE
    return _UNRELEASED if development >= 0 and after < 0 else _FINAL


def _sortable(tokens: Iterable[str]) -> str:
    """A text that sorts as its tokens do: numbers by value and before words, a beginning before the whole."""
    return "".join(_sortable_word(word) for word in tokens if word != "-")


def _sortable_word(word: str) -> str:
    if not word.isdecimal():
        return f"1{word}\0"
    digits = word.lstrip("0")
    return f"0{chr(len(digits))}{digits}"
