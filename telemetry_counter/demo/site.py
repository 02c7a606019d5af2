"""A day's page views of the made-up site."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.demo.readers import Reader, reader, referred, weighted
from telemetry_counter.pages.hits import PageHit
from telemetry_counter.pages.paths import Page
from telemetry_counter.pages.values import Values
from telemetry_counter.pages.visitors import Fingerprints

SITE = "docs"
PAGES = (
    ("/", 22),
    ("/install", 14),
    ("/guide/getting-started", 13),
    ("/download", 11),
    ("/guide/shortcuts", 8),
    ("/reference/settings", 7),
    ("/guide/plugins", 6),
    ("/changelog", 5),
    ("/reference/plugin-api", 5),
    ("/guide/export", 4),
    ("/guide/themes", 3),
    ("/faq", 3),
    ("/de/", 3),
    ("/de/anleitung/einführung", 2),
    ("/reference/command-line", 2),
    ("/blog/why-an-editor", 1),
    ("/about", 1),
)
NEWS, NEWS_DAYS_AGO = "/blog/split-view-in-2.5", 6
"""A page that was linked where many read, on the day of the release it is about."""

NEWSPAPER = "https://news.ycombinator.com/"
NEWS_VISITORS = (900, 420, 160, 90, 50, 35, 20)
"""On the day itself and on those after."""

LETTER_DAYS_AGO = 5
LETTER = ("newsletter", "email", "release-2.5")
SPAM_DAYS_AGO = 8
SPAMMERS = 230
"""More distinct referrers than are told apart a day."""

VISITORS, WEEKEND = 430, 0.55
PAGES_EACH = 2.4
LIKES_TO_DOWNLOAD, SIGNS_UP = 0.38, 0.012


@dataclass(frozen=True, slots=True)
class Site:
    """`share`: how many of the usual visitors are made."""

    owner: str
    values: Values
    seed: int
    share: float = 1.0

    def add(self, batch: Batch, day: dt.date, days_ago: int, until_hour: int) -> None:
        chance = random.Random(f"{self.seed}/{SITE}/{day}")  # noqa: S311
        fingerprints = Fingerprints(f"{self.seed}/{day}".encode())
        for number, visit in enumerate(self._visits(chance, day, days_ago, until_hour)):
            someone, pages = visit
            visitor = b"" if someone.is_opted_out else fingerprints.of(self.owner, SITE, b"%d" % number, b"")
            for hit in _hits(self.owner, someone, pages, chance):
                batch.add_values(self._values_of(hit, someone), visitor)

    def _visits(
        self, chance: random.Random, day: dt.date, days_ago: int, until_hour: int
    ) -> Iterator[tuple[Reader, list[Page]]]:
        passed = (until_hour + 1) / 24
        usual = VISITORS * (WEEKEND if day.weekday() >= 5 else 1) * (1 - days_ago * 0.006)
        for _ in range(int(usual * chance.uniform(0.92, 1.08) * passed * self.share)):
            yield reader(chance, until_hour), _pages(chance)
        for _ in range(int(_readers_of_news(days_ago) * passed * self.share)):
            yield (
                replace(reader(chance, until_hour), referrer=referred(NEWSPAPER)),
                [Page(NEWS), *_pages(chance)][:2],
            )
        if days_ago == LETTER_DAYS_AGO:
            for _ in range(int(130 * self.share)):
                yield replace(reader(chance, until_hour), referrer=referred("")), [Page(NEWS, LETTER)]
        if days_ago == SPAM_DAYS_AGO:
            for number in range(SPAMMERS):
                spammer = referred(f"https://best-offers-{number}.example.com/")
                yield replace(reader(chance, until_hour), referrer=spammer), [Page("/")]

    def _values_of(self, hit: PageHit, someone: Reader) -> tuple[Value, ...]:
        values = self.values.of_hit(hit, from_elsewhere=bool(hit.referrer.name))
        if hit.event:
            return values
        values += self.values.of_reader(SITE, someone.agent, someone.language)
        values += self.values.of_country(SITE, someone.country) + self.values.of_hour(SITE, someone.hour)
        return (*values, self.values.of_opted_out(SITE)) if someone.is_opted_out else values


def _readers_of_news(days_ago: int) -> int:
    since = NEWS_DAYS_AGO - days_ago
    return NEWS_VISITORS[since] if 0 <= since < len(NEWS_VISITORS) else 0


def _pages(chance: random.Random) -> list[Page]:
    number = 1 + min(int(chance.expovariate(1 / (PAGES_EACH - 1))), 9)
    return [Page(weighted(chance, PAGES)[0]) for _ in range(number)]


def _hits(owner: str, someone: Reader, pages: list[Page], chance: random.Random) -> Iterator[PageHit]:
    """The first page is reached from elsewhere, the others from within; some visits end in an event."""
    for place, page in enumerate(pages):
        yield PageHit(owner, SITE, page, someone.referrer if place == 0 else referred(""))
        if page.path == "/download" and chance.random() < LIKES_TO_DOWNLOAD:
            yield PageHit(owner, SITE, page, event=f"download {_package(someone)}")
    if chance.random() < SIGNS_UP:
        yield PageHit(owner, SITE, pages[-1], event="newsletter")


def _package(someone: Reader) -> str:
    return {"Windows": "exe", "Mac OS X": "dmg", "iOS": "dmg"}.get(someone.agent.system, "AppImage")
