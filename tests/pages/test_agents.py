"""Bots told from people, and what is kept of a User-Agent."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.pages.agents import (
    DESKTOP,
    ELSE,
    MAX_CHARACTERS,
    PHONE,
    TABLET,
    TV,
    Agent,
    family,
    read_agent,
)

HERE = Path(__file__).parent


def listed(name: str) -> list[str]:
    lines = (HERE / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


CRAWLERS, BROWSERS = listed("crawlers"), listed("browsers")


def test_the_lists_are_long_enough_and_without_repetitions() -> None:
    assert len(set(CRAWLERS)) == len(CRAWLERS) >= 150
    assert len(set(BROWSERS)) == len(BROWSERS) >= 150


def test_over_95_percent_of_crawlers_are_called_bots() -> None:
    missed = [agent for agent in CRAWLERS if not read_agent(agent[:MAX_CHARACTERS]).is_bot]
    assert len(missed) < 0.05 * len(CRAWLERS), missed


def test_under_1_percent_of_browsers_are_called_bots() -> None:
    wronged = [agent for agent in BROWSERS if read_agent(agent[:MAX_CHARACTERS]).is_bot]
    assert len(wronged) < 0.01 * len(BROWSERS), wronged


@pytest.mark.parametrize(
    "text", ["", " ", "-", "Mozilla/5.0", "Mozilla/4.0 (compatible;)", "x" * MAX_CHARACTERS]
)
def test_what_names_no_browser_is_a_bot(text: str) -> None:
    assert read_agent(text).is_bot


@pytest.mark.parametrize(
    ("part", "browser", "system", "device"),
    [
        ("x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0", "Chrome", "Windows", DESKTOP),
        ("X11; Ubuntu; Linux x86_64; rv:27.0", "Firefox", "Ubuntu", DESKTOP),
        ("CrOS armv7l", "Chrome", "Chrome OS", DESKTOP),
        ("iPhone; CPU iPhone OS 18_0", "Mobile Safari", "iOS", PHONE),
        ("iPad; CPU OS 17_5", "Mobile Safari", "iOS", TABLET),
        ("Android 12; Lenovo TB-125FU", "Chrome", "Android", TABLET),
        (
            "Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137",
            "Chrome Mobile",
            "Android",
            PHONE,
        ),
        ("Windows Phone 8.0; Trident/6.0", "IE Mobile", "Windows Phone", PHONE),
        ("SMART-TV; X11", "Chromium", "Linux", TV),
        ("Links (2.7;", "Links", "Other", ELSE),
    ],
)
def test_families(part: str, browser: str, system: str, device: str) -> None:
    [text] = [line for line in BROWSERS if part in line]
    said = read_agent(text)
    assert (said.browser, said.system, said.device, said.is_bot) == (browser, system, device, False)


@pytest.mark.parametrize(
    "text",
    [
        "github-camo (876de43e)",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ],
)
def test_image_proxies_are_known(text: str) -> None:
    assert read_agent(text).is_image_proxy


@pytest.mark.parametrize("name", ["", "(other)", "x" * 33, "a\x00b", "a\nb", "bröwser"])
def test_a_family_that_could_be_anything_is_not_kept(name: str) -> None:
    assert family(name) == "Other"


@given(st.text(max_size=MAX_CHARACTERS))
def test_any_text_gives_families_that_may_be_kept(text: str) -> None:
    said = read_agent(text)
    assert isinstance(said, Agent)
    for kept in (said.browser, said.system):
        assert kept.isprintable()
        assert 0 < len(kept) <= 32
        assert not kept.startswith("(")
    assert said.device in (DESKTOP, PHONE, TABLET, TV, ELSE)
