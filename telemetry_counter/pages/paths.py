"""Which page: its path without what tells one visit from another, and the campaign that led there."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from telemetry_counter.counting.names import OTHER
from telemetry_counter.errors import InvalidInput

MAX_PATH = 512
MAX_CAMPAIGN = 64
CAMPAIGN_PARTS = ("utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True, slots=True)
class Page:
    """`campaign`: what each of CAMPAIGN_PARTS says, '' where it says nothing."""

    path: str
    campaign: tuple[str, ...] = ("", "", "")


def read_page(address: str, parameter: str = "path") -> Page:
    """The page of a path or a URL. Of its query only the campaign is kept, of its fragment nothing.

    Raises InvalidInput with a sentence that names the parameter.
    """
    address = address.strip().partition("#")[0]
    path, _, query = address.partition("?")
    path = plain(_path_of(path))
    if not address:
        raise InvalidInput(f"{parameter} is missing or empty.")
    if len(path) > MAX_PATH:
        raise InvalidInput(f"{parameter} is longer than {MAX_PATH} characters.")
    if not path.isprintable():
        raise InvalidInput(f"{parameter} holds characters that cannot be shown.")
    return Page(path, read_campaign(_parts(query))) if "utm_" in query else Page(path)


def plain(path: str) -> str:
    """The path as people write it: %C3%BC is ü. One that does not decode to something showable stays."""
    if "%" not in path:
        return path
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path
    return decoded if decoded.isprintable() else path


def read_campaign(given: Mapping[str, str]) -> tuple[str, ...]:
    """What each of CAMPAIGN_PARTS says, as far as it is short and can be shown."""
    return tuple(_showable(given.get(part, "").strip()) for part in CAMPAIGN_PARTS)


def _path_of(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if mark and "/" not in scheme:
        address = rest[rest.find("/") :] if "/" in rest else ""
    return address if address.startswith("/") else "/" + address


def _showable(value: str) -> str:
    return value if len(value) <= MAX_CAMPAIGN and value.isprintable() and value != OTHER else ""


def _parts(query: str) -> dict[str, str]:
    """The parts of a query; of two with the same name the first."""
    pairs = (one.partition("=") for one in reversed(query.split("&")))
    return {name: unquote_plus(value) for name, _, value in pairs}
