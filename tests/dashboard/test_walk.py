"""A walk through every page of the dashboard in Debian's Chromium, over a made-up month and hostile names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from browsing import launched
from starlette.routing import Route

from telemetry_counter.demo.month import OWNER

from . import hostile
from .crawling import Crawl
from .looking import Looks, axe_problems, keyboard_problems, watched, width_problems
from .world import ADMIN, TEAM, World, made_up, page_routes

AXE = Path(__file__).parents[2] / ".node/node_modules/axe-core/axe.min.js"
FOR_ADMINS = {"/dashboard/manage/ask", "/dashboard/manage/apps/{app}/publish"}
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with made_up() as world:
        yield world


@pytest.fixture(scope="module")
def routes() -> tuple[Route, ...]:
    return page_routes()


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
def chromium(world: World) -> Iterator[Any]:
    """After the world, which cannot be made while Playwright's event loop runs."""
    with launched() as browser:
        yield browser


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


ROWS_OF_FIGURES = """() => Object.values(Object.groupBy(
  document.querySelector('.figures').children, one => one.getBoundingClientRect().top)
).map(row => row.length)"""
LINES_OF_DASH = """() => {
  const text = document.querySelector('#hint-user').firstChild, range = document.createRange();
  const dash = text.data.search(/'[^a-z.]*-[^a-z.]*'/);
  range.setStart(text, dash);
  range.setEnd(text, text.data.indexOf("'", dash + 1) + 1);
  return new Set([...range.getClientRects()].map(one => one.top)).size;
}"""


def test_no_figure_and_no_quote_is_left_alone(chromium: Any, world: World) -> None:
    with signed_in(chromium, world, ADMIN) as page:
        page.goto(f"/public/{OWNER}/editor")
        for width, rows in ((360, [2, 2, 2]), (700, [3, 3]), (1000, [3, 3]), (1280, [6])):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(ROWS_OF_FIGURES) == rows, width
        page.goto("/dashboard/manage/team")
        for width in range(300, 1300, 20):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(LINES_OF_DASH) == 1, width


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


def test_pages_that_no_link_leads_to(chromium: Any, world: World, axe: str) -> None:
    """What forms lead to, and what goes wrong."""
    problems: list[str] = []

    def look(page: Any) -> None:
        problems.extend(width_problems(page) + axe_problems(page, (("light", 360),)))

    with signed_in(chromium, world, ADMIN, bypass_csp=True) as page:
        page.add_init_script(axe)
        page.goto("/dashboard/manage/tokens")
        page.click("main form button[type=submit]")
        look(page)
        page.click("button[name=agreed]")
        assert page.locator("code").text_content().startswith("tct_")
        look(page)
        page.goto("/dashboard/nowhere")
        look(page)
        page.click("header button[type=submit]")
        page.wait_for_url("**/sign-in")
        page.fill("#token", "tct_wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        look(page)
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
