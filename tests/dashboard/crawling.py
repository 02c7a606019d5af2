"""Every page that links lead to, found as a reader finds them."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import httpx
from starlette.routing import Route

ROOMS = ("/dashboard", "/public/")
USUAL = frozenset({"range=month"})
MOST_CHOICES = 2
"""Parts of a query that may be combined: each filter alone, and each with a range."""


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.found.append(given["href"] or "")


@dataclass(frozen=True, slots=True)
class Found:
    """`template` is the route's path; `choices` what the query names; `is_hostile`: of the hostile app.

    `path` tells every app's page from the others', as far as nothing else is chosen than usual.
    """

    template: str
    choices: frozenset[str]
    is_hostile: bool
    path: str = ""


@dataclass(frozen=True, slots=True)
class Crawl:
    """One address of each kind that there is, and what came back."""

    routes: tuple[Route, ...]
    hostile: str
    pages: dict[Found, str] = field(default_factory=dict)
    answers: dict[str, httpx.Response] = field(default_factory=dict)

    def run(self, http: httpx.Client, start: str) -> None:
        waiting = deque([start])
        while waiting:
            address = waiting.popleft()
            found = self._kind(address)
            if found is None or found in self.pages or len(found.choices) > MOST_CHOICES:
                continue
            self.pages[found] = address
            answer = self.answers[address] = http.get(address)
            waiting.extend(links_of(address, answer.text))

    @property
    def templates(self) -> set[str]:
        return {found.template for found in self.pages}

    def plainest(self) -> Mapping[Found, str]:
        """Of each route, and of the hostile app's, the page with the fewest choices."""
        chosen: dict[tuple[str, bool], Found] = {}
        for found in sorted(self.pages, key=lambda one: len(one.choices)):
            chosen.setdefault((found.template, found.is_hostile), found)
        return {found: self.pages[found] for found in chosen.values()}

    def page_of(self, template: str, *, is_hostile: bool) -> str:
        return next(
            address
            for found, address in self.plainest().items()
            if (found.template, found.is_hostile) == (template, is_hostile)
        )

    def _kind(self, address: str) -> Found | None:
        parts = urlsplit(address)
        template = template_of(parts.path, self.routes)
        given = parse_qsl(parts.query)
        names = frozenset(f"{name}={value}" if name == "range" else name for name, value in given)
        path = parts.path if names <= USUAL else ""
        return Found(template, names, self.hostile in unquote(parts.path), path) if template else None


def template_of(path: str, routes: tuple[Route, ...]) -> str:
    return next((route.path for route in routes if route.path_regex.match(path)), "")


def links_of(address: str, text: str) -> Iterator[str]:
    parser = Links()
    parser.feed(text)
    for link in parser.found:
        target = urlsplit(urljoin(address, link))
        if not target.netloc and target.path.startswith(ROOMS):
            yield target._replace(fragment="").geturl()
