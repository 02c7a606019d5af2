"""Who reads a page: what the service makes of a request's headers and its connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from telemetry_counter.counting.batch import Value
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.pages.addresses import Address, TrustedProxies, parse_address
from telemetry_counter.pages.agents import MAX_CHARACTERS, parser, read_agent
from telemetry_counter.pages.countries import country_code, open_countries
from telemetry_counter.pages.languages import MAX_BYTES, first_language
from telemetry_counter.pages.values import Values
from telemetry_counter.settings import Settings

REMEMBERED = 8_192
"""Distinct addresses and User-Agents that are looked at once: a few megabytes, and more of them cost time."""

FORWARDED_FOR, FORWARDED = b"x-forwarded-for", b"forwarded"
PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
PREFETCH_WORDS = (b"prefetch", b"prerender", b"preview")

Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Reader:
    """`profile`: the values a reader adds to, whatever the page."""

    is_bot: bool
    is_image_proxy: bool
    profile: tuple[Value, ...]


class Readers:
    """Remembers what repeats: addresses and User-Agents live in its memory only."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = TrustedProxies.parse(settings.trusted_proxies)
        self._country_header = settings.country_header.lower().encode()
        self._country_of = open_countries(settings.geoip_db)
        self._values = Values(settings.value_cap)
        self._agent = lru_cache(REMEMBERED)(read_agent)
        self._reader = lru_cache(REMEMBERED)(self._reader_of)
        self._knows_countries = bool(settings.geoip_db or settings.country_header)
        self._country = lru_cache(REMEMBERED)(self._values.of_country)
        self._peer = lru_cache(REMEMBERED)(parse_address)
        self._is_trusted = lru_cache(REMEMBERED)(lambda peer: parse_address(peer) in self._proxies)
        if settings.enable_telemetry:
            parser()  # takes a fifth of a second, which no reader shall wait for

    def trusts(self, peer: str) -> bool:
        return self._is_trusted(peer)

    def address(self, scope: Scope, headers: Headers) -> Address:
        """Whose request it is: the peer's, unless that is a trusted proxy, and says for whom it asks."""
        peer = scope["client"][0] if scope["client"] else ""
        if self._is_trusted(peer):
            name = FORWARDED_FOR if FORWARDED_FOR in headers else FORWARDED
            if name in headers:
                return self._proxies.forwarded(peer, _line(scope, headers, name), name == FORWARDED_FOR)
        return self._peer(peer)

    def reader(self, site: str, headers: Headers) -> Reader:
        agent = headers.get(b"user-agent", b"")[:MAX_CHARACTERS]
        return self._reader(site, agent, headers.get(b"accept-language", b"")[:MAX_BYTES])

    def country(self, site: str, scope: Scope, headers: Headers, address: Address) -> tuple[Value, ...]:
        """As the proxy says, if it is trusted, or as the operator's file."""
        if not self._knows_countries:
            return ()
        if self._country_header in headers and scope["client"] and self._is_trusted(scope["client"][0]):
            return self._country(site, country_code(headers[self._country_header].decode("latin-1")))
        return self._country(site, self._country_of(address))

    def _reader_of(self, site: str, agent: bytes, accept_language: bytes) -> Reader:
        said = self._agent(agent.decode("latin-1"))
        language = first_language(accept_language.decode("latin-1"))
        return Reader(said.is_bot, said.is_image_proxy, self._values.of_reader(site, said, language))


def excluded(method: str, headers: Headers) -> Reason | None:
    """Why a request is no view, whoever sends it."""
    if method == "HEAD":
        return Reason.HEAD
    for name in PREFETCH_HEADERS:
        if name in headers:
            said = headers[name].lower()
            if any(word in said for word in PREFETCH_WORDS):
                return Reason.PREFETCH
    return None


def is_opted_out(headers: Headers) -> bool:
    return headers.get(b"sec-gpc") == b"1" or headers.get(b"dnt") == b"1"


def _line(scope: Scope, headers: Headers, name: bytes) -> bytes:
    """A header that may have come in several lines."""
    if len(headers) == len(scope["headers"]):
        return headers[name]
    return b", ".join(value for header, value in scope["headers"] if header == name)
