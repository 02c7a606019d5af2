"""What a report says of a parameter that it does not know."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.reporting.spelling import CACHE_BUSTERS, expect_known

KNOWN = frozenset({"apps", "channels", "range"})


def test_a_near_one_is_named() -> None:
    with pytest.raises(InvalidInput, match="apps"):
        expect_known(b"range=week&app=docs", KNOWN)


def answer(query: bytes) -> str:
    """'' where all is known."""
    try:
        expect_known(query, KNOWN)
    except InvalidInput as error:
        return str(error)
    return ""


@given(st.binary(max_size=200))
@example(b"apps=a&&_=1&range")
@example(b"%FF%00=1")
@example(b"tct_0123456789abcdefghijklmnopqrstuv=1")
def test_any_query_is_known_or_told_of_in_one_line(query: bytes) -> None:
    names = [part.partition(b"=")[0] for part in query.split(b"&") if part]
    plain = {name.encode() for name in KNOWN | CACHE_BUSTERS}
    sentence = answer(query)
    assert "\n" not in sentence
    assert len(sentence) < 300
    if not set(names) - plain:
        assert sentence == ""
    elif b"%" not in query and b"+" not in query:
        assert sentence != ""
