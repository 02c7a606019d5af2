"""Who reads a page: what the service makes of a request's headers and its connection."""

from collections.abc import Mapping
from functools import lru_cache

from starlette.types import Scope

from telemetry_counter.counting.batch import Value
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.pages.addresses import Client, TrustedProxies, joined
from telemetry_counter.pages.agents import MAX_CHARACTERS, Agent, parser, read_agent
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


class Readers:
    """Remembers what repeats: addresses and User-Agents live in its memory only."""

    def __init__(self, settings: Settings) -> None:
        self.proxies = TrustedProxies.parse(settings.trusted_proxies)
        self._country_header = settings.country_header.lower().encode()
        self._country_of = open_countries(settings.geoip_db)
        self._values = Values(settings.value_cap)
        self._client = lru_cache(REMEMBERED)(self.proxies.client)
        self._agent = lru_cache(REMEMBERED)(read_agent)
        self._profile = lru_cache(REMEMBERED)(self._profile_of)
        if settings.enable_telemetry:
            parser()  # takes a fifth of a second, which no reader shall wait for

    def client(self, scope: Scope, headers: Headers) -> Client:
        """Whose request it is."""
        peer = scope["client"][0] if scope["client"] else ""
        if self.proxies.networks and (FORWARDED_FOR in headers or FORWARDED in headers):
            return self._client(peer, _lines(scope, FORWARDED_FOR), _lines(scope, FORWARDED))
        return self._client(peer, b"", b"")

    def agent(self, headers: Headers) -> Agent:
        return self._agent(headers.get(b"user-agent", b"")[:MAX_CHARACTERS].decode("latin-1"))

    def profile(self, site: str, headers: Headers, country: str) -> tuple[Value, ...]:
        """The values that a reader adds to, whatever the page."""
        language = headers.get(b"accept-language", b"")[:MAX_BYTES]
        return self._profile(site, self.agent(headers), language, country)

    def country(self, scope: Scope, headers: Headers, client: Client) -> str:
        """As the proxy says, if it is trusted, or as the operator's file."""
        if self._country_header in headers and scope["client"]:
            peer = self._client(scope["client"][0], b"", b"")
            if peer.address in self.proxies:
                return country_code(headers[self._country_header].decode("latin-1"))
        return self._country_of(client.address)

    def _profile_of(self, site: str, agent: Agent, language: bytes, country: str) -> tuple[Value, ...]:
        return self._values.of_reader(site, agent, first_language(language.decode("latin-1")), country)


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


def _lines(scope: Scope, name: bytes) -> bytes:
    return joined(value for header, value in scope["headers"] if header == name)
