"""What the fields of a release may hold; each check gives the value back or a sentence naming the field."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from telemetry_counter.counting.names import PACKAGE
from telemetry_counter.errors import InvalidInput

PACKAGES = 32
URL_LENGTH = 2048
CHANGELOG_BYTES = 16 * 1024
SIGNATURE_BYTES = 4 * 1024
SEED_BYTES = 64

# RFC 3986's characters: no space, no control character, nothing beyond ASCII, so a URL fits into a header.
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def packages(urls: Mapping[str, str]) -> dict[str, str]:
    """URLs by package name, in the names' order."""
    if len(urls) > PACKAGES:
        raise InvalidInput(f"packages may hold at most {PACKAGES} URLs.")
    return {name: _url(PACKAGE.check_optional(name), urls[name]) for name in sorted(urls)}


def _url(package: str, url: str) -> str:
    called = f"The URL of package {package}" if package else "The URL"
    if len(url) > URL_LENGTH:
        raise InvalidInput(f"{called} is longer than {URL_LENGTH} characters.")
    if not _URL.fullmatch(url):
        raise InvalidInput(f"{called} is empty or holds what no URL may; percent-encode spaces and the like.")
    if not _is_web_address(url):
        raise InvalidInput(f"{called} must begin with http:// or https:// and name a host.")
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def text(field: str, value: str, max_bytes: int) -> str:
    try:
        length = len(value.encode())
    except UnicodeEncodeError:
        raise InvalidInput(f"{field} is not valid Unicode.") from None
    if length > max_bytes:
        raise InvalidInput(f"{field} is longer than {max_bytes} bytes.")
    return value


def percent(field: str, value: int | None) -> int | None:
    if value is not None and not 0 <= value <= 100:
        raise InvalidInput(f"{field} must be from 0 to 100.")
    return value


def moment(field: str, value: datetime) -> datetime:
    """The same moment in UTC."""
    if value.utcoffset() is None:
        raise InvalidInput(f"{field} must carry a time zone.")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{field} is out of the calendar.") from None
