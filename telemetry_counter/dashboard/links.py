"""Addresses of the dashboard's pages, under whatever path the service is mounted."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

HOME = "/dashboard"


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
