"""The country of an address, where the operator has brought a file that says so."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from telemetry_counter.errors import SettingsError
from telemetry_counter.pages.addresses import address_text

CountryOf = Callable[[bytes], str]
"""From the bytes of an address to two letters, '' where it is not known."""

UNKNOWN = frozenset({"XX", "T1", "ZZ"})
"""What proxies write that know no country."""

REMEMBERED_ADDRESSES = 8_192


def country_code(text: str) -> str:
    """Two capitals, '' for anything else."""
    code = text.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() and code not in UNKNOWN else ""


def nowhere(address: bytes) -> str:
    return ""


def open_countries(path: str) -> CountryOf:
    """Looks up in an mmdb file, of MaxMind's form or a flat one. Raises SettingsError."""
    if not path:
        return nowhere
    try:
        import maxminddb
    except ImportError:
        raise SettingsError("GEOIP_DB needs the extra 'geo': pip install 'telemetry-counter[geo]'.") from None
    try:
        reader = maxminddb.open_database(Path(path).expanduser())
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise SettingsError(f"GEOIP_DB cannot be read: {error}.") from error

    @lru_cache(REMEMBERED_ADDRESSES)
    def country_of(address: bytes) -> str:
        if not address:
            return ""
        try:
            return country_code(_code(reader.get(address_text(address))))
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""

    return country_of


def _code(record: Any) -> str:
    """{'country': {'iso_code': 'DE'}}, {'country_code': 'DE'} or {'country': 'DE'}."""
    if not isinstance(record, dict):
        return ""
    country = record.get("country", record.get("country_code", ""))
    code = country.get("iso_code", "") if isinstance(country, dict) else record.get("country_code", country)
    return code if isinstance(code, str) else ""
