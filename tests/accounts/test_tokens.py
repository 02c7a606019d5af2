"""Tokens are random, kept as digests, and found by nothing but themselves."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.accounts.snapshot import Admin, Snapshot, Token
from telemetry_counter.accounts.tokens import ALPHABET, PREFIX, looks_like_token, new_token, token_digest

MADE = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def snapshot(token: str) -> Snapshot:
    record = Token(admin="acme", id="t1", created=MADE)
    return Snapshot(1, {"acme": Admin("acme", 1, tokens={token_digest(token): record})})


def test_no_two_are_alike() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(looks_like_token(token) for token in tokens)
    assert set("".join(tokens)) <= set(ALPHABET) | set(PREFIX)


@given(st.integers(min_value=0, max_value=len(PREFIX) + 35), st.sampled_from(ALPHABET))
def test_a_typing_error_is_noticed_without_a_look_up(place: int, letter: str) -> None:
    token = new_token()
    typed = token[:place] + letter + token[place + 1 :]
    assert looks_like_token(typed) == (typed == token)


@given(st.text())
def test_any_text_is_a_token_or_none(text: str) -> None:
    assert not looks_like_token(text)
    assert not looks_like_token(PREFIX + text)
    assert snapshot(new_token()).token(text) is None


def test_a_guess_is_found_only_if_it_is_the_token() -> None:
    """What is compared are digests: one that shares a beginning with a real one is no closer to it."""
    token = new_token()
    known = snapshot(token)
    assert known.token(token) == Token(admin="acme", id="t1", created=MADE)
    assert token not in repr(known)
    for guess in (new_token(), token_digest(token), token.swapcase(), f"{token} ", token[:-1], ""):
        assert known.token(guess) is None
