"""REDIS_URL in all its forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import SettingsError
from telemetry_counter.settings import load_settings
from telemetry_counter.store.address import SCHEMES, Address, Kind, read_address, without_password
from telemetry_counter.store.connect import open_client


def test_one_server_is_left_as_it_is() -> None:
    for url in (
        "redis://u:p@h:1/2",
        "redis://h/0/",
        "rediss://h?ssl_ca_certs=/ca",
        "unix:///run/redis.sock?db=1",
    ):
        assert read_address(url) == Address(Kind.SERVER, url)


def test_sentinels() -> None:
    url = "rediss+sentinel://u%40:p%2F@one:1,[::1]:2,three/main/4?ssl_ca_certs=/ca&sentinel_password=s%26"
    assert read_address(url) == Address(
        Kind.SENTINEL,
        "rediss://u%40:p%2F@localhost/4?ssl_ca_certs=%2Fca",
        (("one", 1), ("::1", 2), ("three", 26379)),
        "main",
        (("password", "s&"),),
    )
    assert read_address("redis+sentinel://one/main").url == "redis://localhost/0?"


def test_a_cluster() -> None:
    assert read_address("redis+cluster://:p@one,two:7") == Address(
        Kind.CLUSTER, "redis://:p@localhost?", (("one", 6379), ("two", 7))
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://h",
        "redis+other://h",
        "redis://h:1/abc",
        "rediss://h/1/2",
        "redis://h/%C2%B2",
        "redis+sentinel://h:1",
        "redis+sentinel://h:1/",
        "redis+sentinel://h:1/main/x",
        "redis+sentinel://h:1/main/1/2",
        "redis+sentinel:///main",
        "redis+sentinel://h:port/main",
        "redis+cluster://",
        "redis+cluster://h,",
        "redis+cluster://h:99999",
        "redis+cluster://h/1",
        "redis+cluster://h?sentinel_password=p",
    ],
)
def test_what_cannot_be_read_stops_the_start_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"^must be(gin| of the form)"):
        read_address(url)
    if url:
        with pytest.raises(SettingsError, match=r"^REDIS_URL must be(gin| of the form) .*\.$"):
            load_settings({"REDIS_URL": url})


@pytest.mark.parametrize(
    "url", ["redis://h?no_option=1", "redis+sentinel://h/m?no=1", "redis+cluster://h?no=1"]
)
def test_an_option_that_there_is_not(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^REDIS_URL cannot be read: "):
        open_client(url)


def test_passwords_are_not_shown() -> None:
    url = "redis+sentinel://u:p%40w@one:1,two:2/main?sentinel_username=s&sentinel_password=hidden"
    shown = "redis+sentinel://u:***@one:1,two:2/main?sentinel_username=s&sentinel_password=***"
    assert without_password(url) == shown
    assert without_password("redis://:secret@h/1") == "redis://:***@h/1"
    assert without_password("unix:///run/s") == "unix:///run/s"


@given(st.sampled_from(SCHEMES), st.text(max_size=40))
def test_any_text_gives_an_address_or_the_named_error(scheme: str, rest: str) -> None:
    try:
        address = read_address(f"{scheme}://{rest}")
    except ValueError:
        return
    assert address.hosts or address.kind is Kind.SERVER
    assert all(0 <= port <= 65_535 for _, port in address.hosts)
