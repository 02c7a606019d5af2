"""Which page a hit is of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.paths import MAX_CAMPAIGN, MAX_PATH, Page, read_page


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/", "/"),
        ("/docs/a.html", "/docs/a.html"),
        ("docs/a", "/docs/a"),
        ("/a?page=2&session=abc#top", "/a"),
        ("/a#top?x=1", "/a"),
        ("https://docs.example.org/a/b?x=1", "/a/b"),
        ("https://docs.example.org", "/"),
        ("https://docs.example.org?x=1", "/"),
        ("HTTP://docs.example.org:8080/a", "/a"),
        ("/go/http://elsewhere.example/x", "/go/http://elsewhere.example/x"),
        ("/%C3%BCber", "/über"),
        ("/über", "/über"),
        ("/100%", "/100%"),
        ("/a%20b", "/a b"),
        ("/%FF", "/%FF"),
        ("/a%00b", "/a%00b"),
        ("/a%0D%0Ab", "/a%0D%0Ab"),
        ("/a:b,c", "/a:b,c"),
        (" /a ", "/a"),
        ("/" + "a" * (MAX_PATH - 1), "/" + "a" * (MAX_PATH - 1)),
    ],
)
def test_paths(address: str, path: str) -> None:
    assert read_page(address) == Page(path)


@pytest.mark.parametrize("address", ["", "  ", "/" + "a" * MAX_PATH, "/a\x00b", "/a\nb", "/a\tb", "/\ud800"])
def test_paths_that_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match=r"^path "):
        read_page(address)


@pytest.mark.parametrize(
    ("query", "campaign"),
    [
        ("utm_source=hn", ("hn", "", "")),
        ("x=1&utm_campaign=May+sale&utm_medium=e%2Dmail&utm_source=news", ("news", "e-mail", "May sale")),
        ("utm_source=one&utm_source=two", ("one", "", "")),
        ("utm_source=" + "a" * (MAX_CAMPAIGN + 1), ("", "", "")),
        ("utm_source=%00&utm_medium=(other)&utm_term=x", ("", "", "")),
        ("utm_source", ("", "", "")),
    ],
)
def test_of_a_query_the_campaign_is_kept(query: str, campaign: tuple[str, ...]) -> None:
    assert read_page(f"/a?{query}") == Page("/a", campaign)


@given(st.text(max_size=2 * MAX_PATH))
def test_any_text_is_a_page_or_invalid(address: str) -> None:
    try:
        page = read_page(address)
    except InvalidInput:
        return
    assert page.path.startswith("/")
    assert len(page.path) <= MAX_PATH
    assert page.path.isprintable()
    assert all(len(part) <= MAX_CAMPAIGN and part.isprintable() for part in page.campaign)
