"""Who reads the made-up site: from where, with what, when."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from telemetry_counter.pages.agents import DESKTOP, PHONE, TABLET, Agent
from telemetry_counter.pages.referrers import NOBODY, Referrer, read_referrer

AGENTS = (
    ("Chrome", "Windows", DESKTOP, 31),
    ("Edge", "Windows", DESKTOP, 9),
    ("Firefox", "Windows", DESKTOP, 6),
    ("Chrome", "Mac OS X", DESKTOP, 9),
    ("Safari", "Mac OS X", DESKTOP, 8),
    ("Firefox", "Linux", DESKTOP, 6),
    ("Firefox", "Ubuntu", DESKTOP, 3),
    ("Chrome", "Linux", DESKTOP, 4),
    ("Mobile Safari", "iOS", PHONE, 11),
    ("Chrome Mobile", "Android", PHONE, 9),
    ("Samsung Internet", "Android", PHONE, 2),
    ("Mobile Safari", "iOS", TABLET, 2),
)
PLACES = (
    ("en-US", "US", 27),
    ("de-DE", "DE", 17),
    ("en-GB", "GB", 10),
    ("fr-FR", "FR", 8),
    ("ja-JP", "JP", 6),
    ("nl-NL", "NL", 5),
    ("pt-BR", "BR", 5),
    ("en-IN", "IN", 5),
    ("es-ES", "ES", 4),
    ("pl-PL", "PL", 4),
    ("de-AT", "AT", 3),
    ("de-CH", "CH", 3),
    ("en-US", "CA", 3),
)
REFERRERS = (
    ("", 47),
    ("https://www.google.com/", 26),
    ("https://github.com/demo/editor", 9),
    ("https://duckduckgo.com/", 5),
    ("https://www.bing.com/", 4),
    ("https://old.reddit.com/r/editors/", 3),
    ("https://chatgpt.com/", 2),
    ("https://fosstodon.org/@editor", 2),
    ("https://stackoverflow.com/questions", 1),
    ("https://blog.example.net/tools-we-use", 1),
)
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 11, 10, 9, 11, 12, 12, 11, 9, 8, 8, 7, 6, 4, 3)
"""How many come in each hour of the day, UTC."""

OPTED_OUT = 0.07


@dataclass(frozen=True, slots=True)
class Reader:
    agent: Agent
    language: str
    country: str
    referrer: Referrer
    hour: int
    is_opted_out: bool


def reader(chance: random.Random, until_hour: int) -> Reader:
    browser, system, device, _ = weighted(chance, AGENTS)
    language, country, _ = weighted(chance, PLACES)
    address, _ = weighted(chance, REFERRERS)
    return Reader(
        agent=Agent(browser, system, device, is_bot=False, is_image_proxy=False),
        language=language,
        country=country,
        referrer=referred(address),
        hour=chance.choices(range(until_hour + 1), HOURS[: until_hour + 1])[0],
        is_opted_out=chance.random() < OPTED_OUT,
    )


@cache
def referred(address: str) -> Referrer:
    return read_referrer(address) if address else NOBODY


Row = TypeVar("Row", bound=tuple[object, ...])


def weighted(chance: random.Random, rows: Sequence[Row]) -> Row:
    """One of the rows; each ends with its weight."""
    return chance.choices(rows, [row[-1] for row in rows])[0]  # type: ignore[misc]
