"""From a request's bytes to a hit of a known site, or to why it is none. The same bytes are read once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from telemetry_counter.counting.batch import Value
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.counting.query import MAX_QUERY_BYTES, read_query
from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.hits import MAX_URL, PageHit, build_hit, read_body, read_hit
from telemetry_counter.pages.values import Values
from telemetry_counter.service import Service

REMEMBERED_HITS = 8_192
REMEMBERED_BYTES = 1024
"""Longer requests are rare; they are read anew each time, so that what is remembered stays small."""

EMBED_PARAMETERS = frozenset({"url", "name", "force"})
CACHE_BUSTERS = (b"ts=", b"rnd=", b"_=")
"""Parameters without a meaning. Where such a one comes last, as it does, the rest is what was read before."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The values a view adds to: `internal` if its reader comes from the site itself, else `external`."""

    hit: PageHit
    internal: tuple[Value, ...]
    external: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """`site` is '' where no site of ours is meant."""

    reason: Reason
    sentence: str = ""
    owner: str = ""
    site: str = ""


Taken = Accepted | Refused

QUERY_TOO_LARGE = Refused(Reason.TOO_LARGE, f"The query is longer than {MAX_QUERY_BYTES} bytes.")


class Intake:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._default_owner = service.settings.default_owner
        self._values = Values(service.settings.value_cap)
        self._query = lru_cache(REMEMBERED_HITS)(self._of_query)
        self._body = lru_cache(REMEMBERED_HITS)(self._of_body)
        service.on_change(self._query.cache_clear)
        service.on_change(self._body.cache_clear)

    def of_query(self, query: bytes) -> Taken:
        rest, _, last = query.rpartition(b"&")
        if last.startswith(CACHE_BUSTERS):
            query = rest
        return self._query(query) if len(query) <= REMEMBERED_BYTES else self._of_query(query)

    def of_body(self, body: bytes) -> Taken:
        return self._body(body) if len(body) <= REMEMBERED_BYTES else self._of_body(body)

    def of_embed(self, owner: str, site: str, query: bytes, referer: bytes) -> Taken:
        """The hit of an embedded image: of the page that shows it, or that `url` names."""

        def read() -> PageHit:
            given = read_query(query, EMBED_PARAMETERS)
            forced = given.get("force", "").lower() in ("true", "1") and "url" in given
            shown_on = referer[:MAX_URL].decode("latin-1")
            page = shown_on if shown_on and not forced else given.get("url", "")
            if not page:
                raise InvalidInput("The page is not known: there is no Referer header and no url.")
            return build_hit({"owner": owner, "site": site, "path": page, "name": given.get("name", "")}, "")

        if len(query) > MAX_QUERY_BYTES:
            return QUERY_TOO_LARGE
        return self._take(read, lambda: (owner, site))

    def _of_query(self, query: bytes) -> Taken:
        if len(query) > MAX_QUERY_BYTES:
            return QUERY_TOO_LARGE
        return self._take(lambda: read_hit(query, self._default_owner), lambda: _named_in_query(query))

    def _of_body(self, body: bytes) -> Taken:
        return self._take(lambda: read_body(body, self._default_owner), lambda: _named_in_body(body))

    def _take(self, read: Callable[[], PageHit], named: Callable[[], tuple[str, str]]) -> Taken:
        """`named` tells owner and site of a hit that is otherwise invalid."""
        if not self._service.settings.enable_telemetry:
            return Refused(Reason.DISABLED)
        try:
            hit = read()
        except InvalidInput as error:
            return self._invalid(str(error), *named())
        if self._service.snapshot.app(hit.owner, hit.site) is None:
            return Refused(Reason.UNKNOWN_APP)
        internal = self._values.of_hit(hit, from_elsewhere=False)
        external = self._values.of_hit(hit, from_elsewhere=True) if hit.referrer.name else internal
        return Accepted(hit, internal, external)

    def _invalid(self, sentence: str, owner: str, site: str) -> Refused:
        owner = owner or self._default_owner
        known = self._service.snapshot.app(owner, site) is not None
        return Refused(Reason.INVALID, sentence, owner, site if known else "")


def _named_in_query(query: bytes) -> tuple[str, str]:
    try:
        values = read_query(query, ("owner", "site"))
    except InvalidInput:
        return "", ""
    return values.get("owner", ""), values.get("site", "")


class _Named(msgspec.Struct):
    owner: str | None = None
    site: str = ""


_named_decoder = msgspec.json.Decoder(_Named)


def _named_in_body(body: bytes) -> tuple[str, str]:
    try:
        named = _named_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "", ""
    return named.owner or "", named.site
