"""The badge over HTTP."""

import datetime as dt
from xml.etree import ElementTree

import pytest

from telemetry_counter.store.connect import open_client

from .running import BADGE, CAMO, READER, Running

pytestmark = pytest.mark.anyio

PAGE = {"url": "https://docs.example.org/a"}
PROXY = {"User-Agent": CAMO}


async def said(site: Running, headers: dict[str, str] = READER, **query: str) -> str:
    answer = await site.http.get(BADGE, params=PAGE | query, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"].startswith("no-store")
    return ElementTree.fromstring(answer.content).attrib["aria-label"]  # noqa: S314


async def test_the_badge_counts_and_shows_its_page(site: Running) -> None:
    assert await said(site) == "visitor: 1"
    assert await said(site) == "visitor: 2"
    await site.pixel("/a")
    await site.pixel("/b")
    assert await said(site, title="views") == "views: 4"
    assert (await site.fields())["p:/a"] == 4


async def test_numbers(site: Running) -> None:
    assert await said(site, start="12344") == "visitor: 12.3k"
    assert await said(site, start="12344", fullNum="true") == "visitor: 12346"
    assert await said(site, start="many") == "visitor: ?"


async def test_an_event_has_its_own_number(site: Running) -> None:
    await site.pixel("/a")
    assert await said(site, name="installed") == "visitor: 1"


async def test_an_image_proxy_is_shown_the_number_and_not_counted(site: Running) -> None:
    await site.pixel("/a")
    assert await said(site, PROXY) == "visitor: 1"
    assert await said(site, PROXY) == "visitor: 1"
    assert await site.pixel("/b") == "counted"
    assert await site.refusals() == {"image_proxy": 2}


async def test_what_a_title_holds_is_text(site: Running) -> None:
    assert await said(site, title='<script>"&') == '<script>"&: 1'


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (BADGE, ""),
        (BADGE, "?url=/a&url=/b"),
        (BADGE, "?url=/a&more=" + "a" * 5000),
        ("/telemetry/acme/nosite/badge.svg", "?url=/a"),
        ("/telemetry/nobody/docs/badge.svg", "?url=/a"),
    ],
)
async def test_what_is_refused_gets_a_badge_without_a_number(site: Running, path: str, query: str) -> None:
    answer = await site.http.get(path + query, headers=READER)
    assert answer.status_code == 200
    assert answer.headers["x-telemetry"].startswith("dropped")
    assert ElementTree.fromstring(answer.content).attrib["aria-label"] == "visitor: ?"  # noqa: S314


async def test_a_store_that_is_away_makes_no_error(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.pixel("/a")
    away = open_client("unix:///nowhere/socket").connection_pool
    with monkeypatch.context() as patch:
        patch.setattr(site.service.client, "connection_pool", away)
        assert await said(site, PROXY) == "visitor: ?"


async def test_the_number_is_that_of_all_days_that_are_kept(site: Running) -> None:
    keys, today = site.service.keys.admin("acme"), site.service.clock.today()
    for days_ago, views in ((1, 10), (30, 100), (31, 1000)):
        await site.service.client.hset(keys.pages(today - dt.timedelta(days=days_ago), "docs"), "p:/a", views)
    assert await said(site) == "visitor: 111"
