"""A hit of a page as a client writes it, in a query or as JSON, and as it is taken."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from telemetry_counter.counting import names
from telemetry_counter.counting.names import Name
from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.paths import CAMPAIGN_PARTS, Page, read_campaign, read_page
from telemetry_counter.pages.referrers import NOBODY, Referrer, read_referrer

MAX_BODY_BYTES = 4096
MAX_URL = 2048
"""More of a referrer's address is not looked at: only its host is kept."""

PARAMETERS = frozenset({"site", "path", "owner", "referrer", "name", "dnt"})
QUERY_PARAMETERS = PARAMETERS.union(CAMPAIGN_PARTS)
"""A path with a campaign is often written into a query as it is; its '&' makes parameters of ours then."""

SITE = replace(names.APP, parameter="site")
EVENT = Name(
    "name",
    64,
    re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/-]*[A-Za-z0-9._/-])?"),
    "letters, digits, inner spaces, '.', '_', '/' and '-', and must begin with a letter or a digit",
)


@dataclass(frozen=True, slots=True)
class PageHit:
    """`event` is '' for a page view. `opted_out`: the page says that its reader wants no recognition."""

    owner: str
    site: str
    page: Page
    referrer: Referrer = NOBODY
    event: str = ""
    opted_out: bool = False


class Body(msgspec.Struct):
    site: str = ""
    path: str = ""
    owner: str | None = None
    referrer: str | None = None
    name: str | None = None
    dnt: bool | int | str | None = None


_decoder = msgspec.json.Decoder(Body)


def read_hit(query: bytes, default_owner: str) -> PageHit:
    return build_hit(read_query(query, QUERY_PARAMETERS), default_owner)


def read_body(body: bytes, default_owner: str) -> PageHit:
    """Raises InvalidInput with a sentence that names the parameter."""
    try:
        given = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not the JSON of a hit: {error}.") from None
    values = {name: getattr(given, name) for name in PARAMETERS}
    values["dnt"] = "1" if given.dnt in (True, 1, "1") else ""
    return build_hit({name: value for name, value in values.items() if value}, default_owner)


def build_hit(values: Mapping[str, str], default_owner: str) -> PageHit:
    owner = names.OWNER.check(values.get("owner", "") or default_owner)
    site = SITE.check(values.get("site", ""))
    event = EVENT.check_optional(values.get("name", ""))
    page = read_page(values.get("path", "") or ("/" if event else ""))
    beside = read_campaign(values)
    return PageHit(
        owner=owner,
        site=site,
        page=Page(page.path, tuple(map(_either, page.campaign, beside))) if any(beside) else page,
        referrer=read_referrer(values.get("referrer", "")[:MAX_URL]),
        event=event,
        opted_out=values.get("dnt") == "1",
    )


def _either(one: str, other: str) -> str:
    return one or other
