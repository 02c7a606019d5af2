"""The country of an address."""

from pathlib import Path

import pytest

from telemetry_counter.errors import SettingsError
from telemetry_counter.pages.addresses import parse_address
from telemetry_counter.pages.countries import country_code, open_countries


@pytest.mark.parametrize(
    ("text", "code"),
    [("DE", "DE"), (" de ", "DE"), ("XX", ""), ("T1", ""), ("", ""), ("DEU", ""), ("D3", ""), ("ÄÖ", "")],
)
def test_codes(text: str, code: str) -> None:
    assert country_code(text) == code


def test_without_a_file_nobody_is_anywhere() -> None:
    assert open_countries("")(parse_address("203.0.113.7")) == ""


def test_a_file_is_asked(tmp_path: Path) -> None:
    pytest.importorskip("maxminddb")
    writer = pytest.importorskip("mmdb_writer").MMDBWriter(ip_version=6, ipv4_compatible=True)
    netaddr = pytest.importorskip("netaddr")
    writer.insert_network(netaddr.IPSet(["203.0.113.0/24"]), {"country": {"iso_code": "DE"}})
    writer.insert_network(netaddr.IPSet(["198.51.100.0/24"]), {"country_code": "FR", "country": "France"})
    writer.insert_network(netaddr.IPSet(["192.0.2.0/24"]), {"country": "PT"})
    writer.insert_network(netaddr.IPSet(["2001:db8::/32"]), {"continent": {"code": "EU"}})
    writer.to_db_file(str(tmp_path / "countries.mmdb"))
    country_of = open_countries(str(tmp_path / "countries.mmdb"))
    asked = ("203.0.113.7", "198.51.100.9", "192.0.2.1", "2001:db8::1", "8.8.8.8", "")
    assert [country_of(parse_address(one)) for one in asked] == ["DE", "FR", "PT", "", "", ""]


@pytest.mark.parametrize("content", [None, b"not a database"])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, content: bytes | None) -> None:
    pytest.importorskip("maxminddb")
    path = tmp_path / "countries.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="GEOIP_DB cannot be read"):
        open_countries(str(path))
