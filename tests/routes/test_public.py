"""Badges, the page and stats.json of a public app, over HTTP."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from harness import Harness, harness

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.releases.release import release_from_input
from telemetry_counter.routes.public_figures import KEPT_SECONDS, NOT_PUBLIC
from telemetry_counter.service import limits
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FIGURES = ("devices", "requests", "latest", "version")


class Site:
    """A service with an app that was made public, and a clock that can be put on."""

    def __init__(self, running: Harness) -> None:
        self.running = running
        self.service = running.service
        self.ahead_seconds = 0.0
        self._numbers = 0

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.running.http.get(path, headers=headers)

    async def said(self, figure: str, query: str = "", app: str = "editor") -> str:
        answer = await self.get(f"/badge/acme/{app}/{figure}.json{query}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["message"])

    async def stats(self) -> Any:
        return (await self.get("/public/acme/editor/stats.json")).json()

    async def count(self, days_ago: int, *, first: int = 0, devices: int = 10, **values: str) -> None:
        """Checks of devices, numbered from the first on."""
        day = self.service.clock.today() - dt.timedelta(days=days_ago)
        batch = Batch("acme", day)
        given = {"version": "1.0", "channel": "stable", "platform": "linux", "arch": "amd64"} | values
        cell = Cell(Check("acme", "editor", updater="", state="", **given))
        assert self.service.hasher
        for number in range(first, first + devices):
            batch.add(cell, self.service.hasher.hash("acme", str(number).encode()))
        self._numbers += 1
        batch.number = self._numbers
        clock = UtcDay(self.service.clock.now)
        await Commits(self.service.client, self.service.keys, limits(self.service.settings), clock).send(
            batch
        )

    async def release(self, version: str, hours_ago: float, **values: str) -> None:
        published = self.service.now() - dt.timedelta(hours=hours_ago)
        given = release_from_input(app="editor", version=version, published=published, **values)  # type: ignore[arg-type]
        await self.service.registry.publish("acme", given)
        await self.service.refresh()

    async def switch(self, public: bool) -> None:
        await self.service.registry.set_public("acme", "editor", public)
        await self.service.refresh()

    def later(self, seconds: float) -> None:
        now = self.service.clock.now
        self.service.clock.now = lambda: now() + seconds


@pytest.fixture
async def site(client: Client, keys: Keys) -> AsyncIterator[Site]:
    async with harness(client, keys, enable_telemetry=True) as running:
        site = Site(running)
        await site.switch(True)
        yield site


@pytest.mark.parametrize(
    "app", ["acme/player", "acme/unknown", "nobody/editor", "acme/%3Cscript%3E", "acme/a%20b"]
)
async def test_what_is_not_public_is_as_what_is_not_there(site: Site, app: str) -> None:
    paths = [f"/badge/{app}/{figure}.{form}" for figure in FIGURES for form in ("svg", "json")]
    for path in [*paths, f"/badge/{app}/nothing.svg", f"/public/{app}", f"/public/{app}/stats.json"]:
        answer = await site.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": NOT_PUBLIC})


async def test_private_again_is_not_found_at_once(site: Site) -> None:
    await site.count(1)
    assert await site.said("devices") == "10/month"
    await site.switch(False)
    assert (await site.get("/badge/acme/editor/devices.svg")).status_code == 404
    assert (await site.get("/public/acme/editor")).status_code == 404


async def test_badges_say_rounded_figures_of_full_days(site: Site) -> None:
    await site.release("1.0", 100)
    await site.count(0, first=500, devices=50)
    await site.count(1, devices=104)
    await site.count(1, devices=20)
    await site.count(6, first=100, devices=30, version="0.9")
    await site.count(29, first=200, devices=30)
    assert await site.said("devices") == "160/month"
    assert await site.said("devices", "?range=week") == "130/week"
    assert await site.said("devices", "?range=day") == "100/day"
    assert await site.said("requests", "?range=day") == "120/day"
    assert await site.said("latest") == "79 %"  # four of the 30 were on 1.0 too
    assert await site.said("version") == "v1.0"
    stats = await site.stats()
    assert stats["versions"] == [
        {"name": "1.0", "devices": 100, "percent": 77},
        {"name": "0.9", "devices": 30, "percent": 23},
    ]
    assert (len(stats["daily"]), stats["daily"][-1]["devices"]) == (30, 100)


async def test_of_few_devices_nothing_is_said(site: Site) -> None:
    await site.count(1, devices=4)
    for query in ("", "?range=day", "?range=week"):
        assert (await site.said("devices", query)).startswith("< 5")
        assert (await site.said("requests", query)).startswith("< 5")
    assert await site.said("latest") == "too few to tell"
    stats = await site.stats()
    assert stats["versions"] == stats["platforms"] == []
    assert {row["devices"] for row in stats["daily"]} == {None}
    page = (await site.get("/public/acme/editor")).text
    assert "&lt; 5" in page
    assert "linux" not in page


async def test_a_small_group_is_in_the_rest(site: Site) -> None:
    await site.count(2, devices=200, platform="windows")
    await site.count(2, first=300, devices=4, platform="hurd")
    await site.count(2, first=400, devices=3, platform="haiku")
    stats = await site.stats()
    most, rest = stats["platforms"]
    # Sketches are estimates: seven devices may share places with the two hundred.
    assert (most["name"], rest["name"], rest["devices"] in range(5, 8)) == ("windows", "(other)", True)
    assert "hurd" not in (await site.get("/public/acme/editor")).text


async def test_a_young_version_is_not_shown(site: Site) -> None:
    await site.release("1.0", 100)
    await site.release("2.0", 23)
    await site.release("3.0", -5)
    for version, days_ago in (("1.0", 2), ("2.0", 1), ("3.0", 3), ("0.8-seen", 2), ("0.9-new", 1)):
        await site.count(days_ago, first=hash(version) % 1000 * 100, devices=60, version=version)
    assert await site.said("version") == "v1.0"
    stats = await site.stats()
    assert {row["name"] for row in stats["versions"]} == {"1.0", "0.8-seen", "(other)"}
    site.later(3700)
    await site.service.refresh()
    assert await site.said("version") == "v2.0"
    assert {row["name"] for row in (await site.stats())["versions"]} >= {"1.0", "2.0", "(other)"}


async def test_the_version_of_a_channel(site: Site) -> None:
    await site.release("1.0", 100, channel="stable")
    await site.release("2.0-beta.1", 100, channel="beta")
    assert await site.said("version") == "v1.0"
    assert await site.said("version", "?channel=beta") == "v2.0-beta.1"
    assert await site.said("version", "?channel=nightly") == "none yet"


async def test_figures_are_kept_for_ten_minutes(site: Site) -> None:
    await site.count(1)
    assert await site.said("devices") == "10/month"
    await site.count(1, first=50)
    assert await site.said("devices") == "10/month"
    site.later(KEPT_SECONDS + 1)
    assert await site.said("devices") == "20/month"
    for path in ("/badge/acme/editor/devices.svg", "/public/acme/editor", "/public/acme/editor/stats.json"):
        assert (await site.get(path)).headers["cache-control"] == f"public, max-age={KEPT_SECONDS}"


async def test_many_who_ask_at_once_are_counted_for_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def read(*_: object) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.05)
        raise RuntimeError

    monkeypatch.setattr("telemetry_counter.routes.public_figures.read_public", read)
    answers = await asyncio.gather(
        *(site.get("/badge/acme/editor/devices.svg") for _ in range(20)), return_exceptions=True
    )
    assert (len(answers), asked) == (20, 1)


async def test_badges_count_nothing(site: Site) -> None:
    await site.get("/badge/acme/editor/devices.svg")
    await site.get("/public/acme/editor")
    assert await site.running.counters("editor") == {}


async def test_an_image_as_shields_draws_it(site: Site) -> None:
    answer = await site.get("/badge/acme/editor/devices.svg?label=%3Cb%3E%22%E2%80%AE&color=blue")
    image = ElementTree.fromstring(answer.content)  # noqa: S314
    assert image.attrib["aria-label"] == '<b>": < 5/month'
    assert (image.attrib["role"], image.attrib["height"]) == ("img", "20")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


async def test_the_endpoint_of_shields(site: Site) -> None:
    answer = (await site.get("/badge/acme/editor/version.json?color=123abc&label=release")).json()
    assert answer == {
        "schemaVersion": 1,
        "label": "release",
        "message": "none yet",
        "color": "123abc",
        "cacheSeconds": KEPT_SECONDS,
    }


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?range=year", "range must be day, week or month"),
        ("?color=mauve", "color must be one of"),
        ("?color=red&color=blue", "color is given more than once."),
        ("?label=%ff", "label is not valid UTF-8."),
        ("?x=" + "a" * 5000, "The query is longer than"),
    ],
)
async def test_a_bad_parameter_is_a_sentence(site: Site, query: str, sentence: str) -> None:
    answer = await site.get(f"/badge/acme/editor/devices.svg{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


async def test_while_the_store_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    away = open_client("unix:///nowhere/socket").connection_pool
    monkeypatch.setattr(site.service.client, "connection_pool", away)
    assert await site.said("devices") == "unavailable"
    assert (await site.get("/public/acme/editor")).status_code == 503


async def test_known_figures_outlive_the_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.count(1)
    assert await site.said("devices") == "10/month"
    away = open_client("unix:///nowhere/socket").connection_pool
    monkeypatch.setattr(site.service.client, "connection_pool", away)
    site.later(KEPT_SECONDS + 1)
    assert await site.said("devices") == "10/month"


async def test_the_page_needs_nothing_but_its_stylesheet(site: Site) -> None:
    await site.count(1, version="1.0-rtl.x")
    answer = await site.get("/public/acme/editor", **HTML)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "Sign out" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/public/acme/unknown", 404, NOT_PUBLIC),
        ("/telemetry/policy?owner=acme&app_name=unknown", 404, "There is no such app."),
        ("/nothing", 404, "There is nothing at this path."),
        ("/badge/acme/editor/devices.svg?color=<b>", 400, "color must be one of"),
        ("/telemetry", 401, "A token is needed"),
    ],
)
async def test_a_browser_reads_an_error_as_a_page(site: Site, path: str, status: int, sentence: str) -> None:
    answer = await site.get(path, **HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<p>{sentence}" in answer.text
    assert "<b>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    program = await site.get(path, Accept="*/*")
    assert program.json()["error"].startswith(sentence)
