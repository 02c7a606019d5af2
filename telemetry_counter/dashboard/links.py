"""Addresses of the dashboard's pages, under whatever path the service is mounted."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

HOME = "/dashboard"
BADGES = ("devices", "requests", "latest", "version")
"""Of a public app."""


@dataclass(frozen=True, slots=True)
class Links:
    """`root` is the path that a proxy puts before every other, '' for none."""

    root: str = ""

    def to(self, *places: str, **query: str) -> str:
        """A page of the dashboard: to('apps', 'my app', range='week')."""
        return self.with_query(places, query)

    def with_query(self, places: tuple[str, ...], query: Mapping[str, str]) -> str:
        path = "".join("/" + quote(place, safe="") for place in places)
        given = {name: value for name, value in query.items() if value}
        return f"{self.root}{HOME}{path}" + ("?" + urlencode(given) if given else "")

    def outside(self, path: str) -> str:
        """A path of the service that is not the dashboard's, as in /public/acme/editor."""
        return self.root + path


def public_page(owner: str, app: str) -> str:
    """A path for `Links.outside`, as the ones below are."""
    return f"/public/{_of(owner, app)}"


def public_stats(owner: str, app: str) -> str:
    return f"{public_page(owner, app)}/stats.json"


def badges(owner: str, app: str) -> list[tuple[str, str]]:
    """The figure each shows, and its path."""
    return [(name, f"/badge/{_of(owner, app)}/{name}.svg") for name in BADGES]


def _of(owner: str, app: str) -> str:
    return "/".join(quote(part, safe="") for part in (owner, app))
