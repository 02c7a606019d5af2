"""Whose request it is."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.pages.addresses import (
    TrustedProxies,
    address_text,
    household_of,
    network_of,
    network_text,
    parse_address,
)

PROXY = "10.0.0.1"
PROXIES = TrustedProxies.parse("10.0.0.0/8, 2001:db8:ffff::/48,192.0.2.1")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8::1%eth0", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("", ""),
        ("unknown", ""),
        ("_hidden", ""),
        ("203.0.113", ""),
        ("203.0.113.256", ""),
        ("203.0.113.7\x00", ""),
        ("2001:db8::1::", ""),
        ("'; DROP TABLE", ""),
    ],
)
def test_parse_address(text: str, address: str) -> None:
    assert address_text(parse_address(text)) == address


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    assert len(parse_address(text)) in (0, 4, 16)


@given(st.ip_addresses())
def test_addresses_are_read_as_the_standard_library_writes_them(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    assert parse_address(str(address)) == (mapped or address).packed


def test_networks_and_households() -> None:
    ipv4, ipv6 = parse_address("203.0.113.7"), parse_address("2001:db8:1:2:3::4")
    assert network_text(ipv4) == "203.0.113.0/24"
    assert network_text(ipv6) == "2001:db8:1::/48"
    assert (
        network_of(ipv4)
        == network_of(parse_address("203.0.113.250"))
        != network_of(parse_address("203.0.114.7"))
    )
    assert household_of(ipv4) != household_of(parse_address("203.0.113.8"))
    assert household_of(ipv6) == household_of(parse_address("2001:db8:1:2::"))
    assert household_of(ipv6) != household_of(parse_address("2001:db8:1:3::"))
    assert network_text(b"") == ""


@pytest.mark.parametrize(
    ("forwarded_for", "believed"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("198.51.100.9,203.0.113.7,10.1.2.3 ,192.0.2.1", "203.0.113.7"),
        ("203.0.113.7:12345, 10.1.2.3:80", "203.0.113.7"),
        ("2001:db8::9, 2001:db8:ffff::1", "2001:db8::9"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("203.0.113.7, unknown, 10.1.2.3", "10.1.2.3"),
        ("unknown", PROXY),
        ("", PROXY),
        (",,", PROXY),
    ],
)
def test_x_forwarded_for_is_walked_from_the_right(forwarded_for: str, believed: str) -> None:
    assert address_text(PROXIES.forwarded(PROXY, forwarded_for.encode(), is_list=True)) == believed


@pytest.mark.parametrize(
    ("forwarded", "believed"),
    [
        ("for=203.0.113.7", "203.0.113.7"),
        ("For=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
        ('proto=http; for="203.0.113.7:4711"', "203.0.113.7"),
        ('for="[2001:db8::9]:4711"', "2001:db8::9"),
        ('for=198.51.100.9, for="203.0.113.7", for=10.1.2.3', "203.0.113.7"),
        ('for="_a,b", for=203.0.113.7', "203.0.113.7"),
        ("for=203.0.113.7, for=unknown", PROXY),
        ("for=203.0.113.7, proto=http", PROXY),
        ("by=203.0.113.7", PROXY),
        ('for="', PROXY),
    ],
)
def test_forwarded_is_walked_from_the_right(forwarded: str, believed: str) -> None:
    assert address_text(PROXIES.forwarded(PROXY, forwarded.encode(), is_list=False)) == believed


@given(st.binary(max_size=3000), st.booleans())
def test_no_header_is_more_than_an_address(header: bytes, is_list: bool) -> None:
    assert len(PROXIES.forwarded(PROXY, header, is_list)) in (4, 16)


def test_only_the_end_of_a_long_header_is_read() -> None:
    header = b"203.0.113.7" + b", 10.1.2.3" * 1000
    assert address_text(PROXIES.forwarded(PROXY, header, is_list=True)) == "10.1.2.3"


def test_trust_is_by_network() -> None:
    inside = [parse_address(text) for text in ("10.255.255.255", "192.0.2.1", "2001:db8:ffff:1::")]
    outside = [parse_address(text) for text in ("11.0.0.0", "192.0.2.2", "2001:db8:fffe::", "")]
    assert all(address in PROXIES for address in inside)
    assert not any(address in PROXIES for address in outside)
    assert parse_address("10.0.0.1") not in TrustedProxies.parse("")
    assert socket.inet_pton(socket.AF_INET6, "::a00:1") not in PROXIES


@pytest.mark.parametrize("text", ["10.0.0.0/33", "proxy.example.org", "10.0.0.0/8;10.1.0.0/16"])
def test_networks_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        TrustedProxies.parse(text)
