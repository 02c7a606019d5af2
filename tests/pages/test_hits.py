"""A hit as clients write it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.hits import PageHit, read_body, read_hit
from telemetry_counter.pages.languages import first_language
from telemetry_counter.pages.paths import Page
from telemetry_counter.pages.referrers import Referrer

DOCS_X = PageHit("acme", "docs", Page("/x"))


@pytest.mark.parametrize(
    "query",
    [
        b"site=docs&path=/x&ts=1",
        b"path=%2Fx&site=docs",
        b"site=docs&path=/x&owner=&referrer=&name=",
        b"site=docs&path=/x?page=2&unknown=1",
        b"site=docs&path=https%3A%2F%2Fdocs.example.org%2Fx",
    ],
)
def test_queries(query: bytes) -> None:
    assert read_hit(query, "acme") == DOCS_X


@pytest.mark.parametrize(
    "body",
    [
        b'{"site":"docs","path":"/x"}',
        b'{"site":"docs","path":"/x","owner":"acme","referrer":null,"name":null,"more":[1]}',
        b'{"path":"/x","site":"docs","dnt":false}',
        b' {"site" : "docs", "path" : "\\/x"}\n',
    ],
)
def test_bodies(body: bytes) -> None:
    assert read_body(body, "acme") == DOCS_X


def test_all_that_a_hit_may_say() -> None:
    query = b"owner=rival&site=docs&path=/x&referrer=https://news.ycombinator.com/&name=signup&dnt=1"
    hacker_news = Referrer("news.ycombinator.com", "Hacker News")
    assert read_hit(query, "acme") == PageHit("rival", "docs", Page("/x"), hacker_news, "signup", True)


def test_a_campaign_that_was_written_into_the_query_as_it_is() -> None:
    hit = read_hit(b"site=docs&path=/x?utm_source=hn&utm_medium=link&utm_campaign=May", "acme")
    assert hit.page == Page("/x", ("hn", "link", "May"))


def test_an_event_needs_no_page() -> None:
    assert read_body(b'{"site":"docs","name":"signup"}', "acme").event == "signup"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (b"", "owner is missing"),
        (b"owner=acme&path=/x", "site is missing"),
        (b"owner=acme&site=docs", "path is missing"),
        (b"owner=acme&site=do:cs&path=/x", "site may only hold"),
        (b"owner=a{b&site=docs&path=/x", "owner may only hold"),
        (b"owner=acme&site=docs&path=/a%0Ab", "path holds characters"),
        (b"owner=acme&site=docs&path=/x&path=/y", "path is given more than once"),
        (b"owner=acme&site=docs&path=%FF", "path is not valid UTF-8"),
        (b"owner=acme&site=docs&path=/x&name=a:b", "name may only hold"),
        (b"owner=acme&site=docs&path=/x&name=" + b"a" * 65, "name is longer than 64"),
    ],
)
def test_queries_that_are_refused(query: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_hit(query, "")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'{"site":7,"path":"/x"}', b'{"site":"docs","path":"/x"', b"\xff"],
)
def test_bodies_that_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="body is not the JSON"):
        read_body(body, "acme")


@given(st.binary())
def test_any_bytes_are_a_hit_or_invalid(raw: bytes) -> None:
    for read in (read_hit, read_body):
        with contextlib.suppress(InvalidInput):
            assert isinstance(read(raw, "acme"), PageHit)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("EN-us", "en-US"),
        ("fr", "fr"),
        ("zh-hant-tw;q=1", "zh-Hant-TW"),
        ("es-419,es", "es-419"),
        ("de-DE-1996", "de-DE"),
        ("*", ""),
        ("", ""),
        ("c", ""),
        ("english", ""),
        ("\x00de", ""),
    ],
)
def test_the_first_language(header: str, language: str) -> None:
    assert first_language(header) == language


@given(st.text())
def test_any_header_has_a_short_language(header: str) -> None:
    language = first_language(header)
    assert len(language) <= 12
    assert language.replace("-", "").isalnum() or not language
