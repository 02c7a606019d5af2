"""A walk through every page of the dashboard in Debian's Chromium, over a made-up month and hostile names."""

import asyncio
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakeredis import FakeAsyncRedis
from running import Installation
from starlette.applications import Starlette
from starlette.routing import Route

import telemetry_counter.app
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.demo.month import GRANTS, OWNER, TEAM_USER, Month, Tokens
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

from . import hostile
from .crawling import ROOMS, Crawl
from .looking import Looks, axe_problems, keyboard_problems, watched, width_problems

playwright_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = Path(__file__).parents[2] / ".node/node_modules/axe-core/axe.min.js"
SHARE = 0.08
"""Of the demo's numbers: what a page looks like does not depend on them."""

NO_PAGES = {
    "/dashboard/style.css",
    "/dashboard/icon.svg",
    "/dashboard/{rest:path}",
    "/public/{owner}/{app}/stats.json",
}
FOR_ADMINS = {"/dashboard/manage/ask", "/dashboard/manage/apps/{app}/publish"}
ADMIN, TEAM = "admin", "team"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"


@dataclass(frozen=True, slots=True)
class World:
    url: str
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A running service over the made-up month; its directory's name is short, for the sake of a socket."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory) / "store") as store:
        tokens = asyncio.run(fill(store.url))
        installation = Installation(Path(directory), {"REDIS_URL": "", "RATE_LIMIT": "off"})
        with installation.serving():
            hostile.send(installation.url, OWNER)
            yield World(installation.url, {ADMIN: tokens.admin, TEAM: tokens.team})


async def fill(store_url: str) -> Tokens:
    client, keys = open_client(store_url), Keys()
    try:
        tokens = await Month(Settings(enable_telemetry=True), client, keys, UtcDay(), share=SHARE).fill()
        registry = Registry(client, keys)
        await registry.publish(OWNER, hostile_release())
        await registry.set_public(OWNER, hostile.APP, True)
        granted = type(GRANTS)(apps=GRANTS.apps | {hostile.APP}, platforms=GRANTS.platforms)
        await registry.add_team_user(OWNER, TEAM_USER, granted)
        await registry.add_team_user(OWNER, "W" * 64, granted)
        return tokens
    finally:
        await client.aclose()


def hostile_release() -> Release:
    return release_from_input(
        app=hostile.APP,
        version=hostile.VERSION,
        channel=hostile.NAME,
        changelog=hostile.CHANGELOG,
        packages={"": "https://e.org/'();alert(1)"},
        published=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    )


@pytest.fixture(scope="module")
def routes() -> tuple[Route, ...]:
    """Of pages: what the app's own table has in the rooms that are walked."""
    tables: list[Sequence[Any]] = []

    def starlette(*, routes: Sequence[Any], **given: Any) -> Starlette:
        tables.append(routes)
        return Starlette(routes=routes, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telemetry_counter.app, "Starlette", starlette)
        telemetry_counter.app.build_app(Service(Settings(), FakeAsyncRedis()))
    return tuple(
        route
        for route in tables[0]
        if route.path.startswith(ROOMS) and route.path not in NO_PAGES and "GET" in (route.methods or ())
    )


@pytest.fixture(scope="module")
def crawls(world: World, routes: tuple[Route, ...]) -> dict[str, Crawl]:
    return {role: crawl(world.url, token, routes) for role, token in world.tokens.items()}


def crawl(url: str, token: str, routes: tuple[Route, ...]) -> Crawl:
    found = Crawl(routes, hostile.APP)
    with httpx.Client(base_url=url, timeout=20) as http:
        found.run(http, "/dashboard/sign-in")
        assert http.post("/dashboard/sign-in", data={"token": token}).status_code == 303
        found.run(http, "/dashboard")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing")
        pytest.skip("chromium is not installed")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def signed_in(chromium: Any, world: World, role: str, **settings: Any) -> Iterator[Any]:
    """A page of somebody who signed in as people do."""
    context = chromium.new_context(base_url=world.url, **settings)
    page = context.new_page()
    page.goto("/dashboard")
    page.fill("#token", world.tokens[role])
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    yield page
    context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{AXE} is missing: npm install --no-save --prefix .node axe-core@4")
        pytest.skip("axe-core is not installed: npm install --no-save --prefix .node axe-core@4")
    return AXE.read_text()


def test_links_lead_to_every_page_of_the_table(crawls: dict[str, Crawl], routes: tuple[Route, ...]) -> None:
    table = {route.path for route in routes}
    assert crawls[ADMIN].templates == table
    assert crawls[TEAM].templates == table - FOR_ADMINS


@pytest.mark.parametrize("role", [ADMIN, TEAM])
def test_every_page_answers_under_the_policy_without_a_script(crawls: dict[str, Crawl], role: str) -> None:
    answers = crawls[role].answers
    assert {answer.status_code for answer in answers.values()} == {200}, [
        address for address, answer in answers.items() if answer.status_code != 200
    ]
    for address, answer in answers.items():
        assert answer.headers["content-security-policy"].startswith(POLICY), address
        text = answer.text.lower()
        assert "<script" not in text, address
        assert " style=" not in text, address
        assert hostile.MARKUP not in text, address


@pytest.mark.parametrize("role", [ADMIN, TEAM])
def test_every_page_shows_itself_in_every_look(
    chromium: Any, world: World, crawls: dict[str, Crawl], role: str
) -> None:
    problems: list[str] = []
    with signed_in(chromium, world, role) as page, watched(page, world.url, problems):
        for address in crawls[role].plainest().values():
            page.goto(address)
            problems += width_problems(page)
    assert not problems, "\n".join(problems)


def test_every_page_is_used_by_keyboard(chromium: Any, world: World, crawls: dict[str, Crawl]) -> None:
    problems: list[str] = []
    with signed_in(chromium, world, ADMIN) as page:
        for found, address in crawls[ADMIN].plainest().items():
            if not found.is_hostile:
                page.goto(address)
                problems += keyboard_problems(page)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("role", "looks"), [(ADMIN, (("light", 1280), ("dark", 360))), (TEAM, (("dark", 1280),))]
)
def test_axe_finds_nothing(
    chromium: Any, world: World, crawls: dict[str, Crawl], axe: str, role: str, looks: Looks
) -> None:
    problems: list[str] = []
    # Of this context alone the policy is lifted: axe is a script.
    with signed_in(chromium, world, role, bypass_csp=True) as page:
        page.add_init_script(axe)
        for found, address in crawls[role].plainest().items():
            # A hostile name changes what the page holds, not its colours, and is the same for everybody.
            wanted = looks[1:] if found.is_hostile else looks
            if wanted:
                page.goto(address)
                problems += axe_problems(page, wanted)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("/dashboard/apps/{app}", (hostile.VERSION, hostile.NAME)),
        ("/dashboard/sites/{app}", hostile.SHOWN_ON_SITE),
        ("/dashboard/events/{app}", (hostile.EVENT, hostile.PROPERTY, hostile.VALUE)),
    ],
)
def test_hostile_names_are_read_as_they_were_sent(
    chromium: Any, world: World, crawls: dict[str, Crawl], template: str, texts: tuple[str, ...]
) -> None:
    address = crawls[ADMIN].page_of(template, is_hostile=True)
    with signed_in(chromium, world, ADMIN) as page:
        page.goto(address)
        shown = page.evaluate("document.body.textContent")
        assert [text for text in texts if text not in shown] == []
        assert page.locator("h1").text_content() == hostile.APP
