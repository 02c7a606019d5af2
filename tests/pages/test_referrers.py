"""Where readers come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.pages.referrers import MAX_HOST, NOBODY, host_of, read_referrer


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://blog.example.net/post?id=1#x", "blog.example.net"),
        ("http://WWW.Example.ORG:8080/", "example.org"),
        ("https://user:secret@example.org/", "example.org"),
        ("https://example.org.", "example.org"),
        ("https://example.org\\@elsewhere.example/", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://localhost/", "localhost"),
        ("android-app://com.example.app/", "com.example.app"),
        ("", ""),
        ("-", ""),
        ("about:blank", ""),
        ("file:///home/me/secret.html", ""),
        ("https://", ""),
        ("https://203.0.113.7/", ""),
        ("https://203.0.113.7:8080/x", ""),
        ("https://[2001:db8::1]/", ""),
        ("https://1.2.3/", ""),
        ("https://exa mple.org/", ""),
        ("https://(other)/", ""),
        ("https://" + "a" * (MAX_HOST + 1), ""),
    ],
)
def test_hosts(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.google.com/", "Google"),
        ("https://www.google.co.uk/url?q=x", "Google"),
        ("https://google.de/", "Google"),
        ("android-app://com.google.android.googlequicksearchbox/", "Google"),
        ("https://mail.google.com/mail/u/0/", "mail.google.com"),
        ("https://google.com.evil.example/", "google.com.evil.example"),
        ("https://notgoogle.com/", "notgoogle.com"),
        ("https://duckduckgo.com/", "DuckDuckGo"),
        ("https://www.bing.com/search?q=x", "Bing"),
        ("https://de.search.yahoo.com/search", "Yahoo"),
        ("https://yandex.ru/", "Yandex"),
        ("https://m.baidu.com/s", "Baidu"),
        ("https://t.co/abc", "X"),
        ("https://x.com/", "X"),
        ("https://netflix.com/", "netflix.com"),
        ("https://l.facebook.com/l.php?u=x", "Facebook"),
        ("https://old.reddit.com/r/python", "Reddit"),
        ("https://www.linkedin.com/feed/", "LinkedIn"),
        ("https://news.ycombinator.com/item?id=1", "Hacker News"),
        ("https://chatgpt.com/", "ChatGPT"),
        ("https://blog.example.net/", "blog.example.net"),
    ],
)
def test_search_engines_and_networks_have_names(url: str, name: str) -> None:
    assert read_referrer(url).name == name


def test_nobody() -> None:
    assert read_referrer("") == read_referrer("http://203.0.113.7/") == NOBODY


@given(st.text() | st.text().map("https://".__add__))
def test_any_text_has_a_name_that_may_be_kept(url: str) -> None:
    found = read_referrer(url)
    assert len(found.name) <= MAX_HOST
    assert found.name.isprintable()
    assert "\t" not in found.name
    assert not found.name.startswith("(")
