"""`GET /telemetry/web`: figures, filters, and who may ask."""

import csv
import datetime as dt

import pytest

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .running import FIREFOX, OTHER_SITE, PHONE, Running, running

pytestmark = pytest.mark.anyio

GOOGLE, NEWS, BLOG = (
    "https://www.google.com/",
    "https://news.ycombinator.com/item?id=1",
    "https://blog.example.net/",
)


async def visit(site: Running) -> None:
    """Six views by three browsers, two of them from Google, and one event."""
    await site.pixel("/", referrer=GOOGLE)
    await site.pixel("/docs/a")
    await site.pixel("/docs/a", {"User-Agent": FIREFOX}, referrer=GOOGLE)
    await site.pixel("/docs/b?utm_source=hn&utm_medium=link&utm_campaign=May", referrer=NEWS)
    await site.pixel("/docs/b", {"User-Agent": PHONE, "DNT": "1"}, referrer=BLOG)
    await site.pixel("/about", {"User-Agent": FIREFOX, "Accept-Language": "en-US"})
    await site.pixel("/about", {"User-Agent": "curl/8"})
    await site.pixel(name="signup")


async def test_the_whole_report(site: Running) -> None:
    await visit(site)
    report = (await site.report()).json()
    today = site.service.clock.today().isoformat()
    assert (report["date"], report["date_range"], report["admin"]) == (today, [today], "acme")
    assert report["summary"] == {
        "page_views": 6,
        "sum_of_daily_visitors": 2,
        "opted_out_views": 1,
        "total_active_apps": 1,
    }
    assert report["daily_stats"] == [{"date": today, "page_views": 6, "visitors": 2}]
    assert report["pages"] == [
        {"path": "/docs/a", "page_views": 2, "sum_of_daily_visitors": 2},
        {"path": "/docs/b", "page_views": 2, "sum_of_daily_visitors": 1},
        {"path": "/", "page_views": 1, "sum_of_daily_visitors": 1},
        {"path": "/about", "page_views": 1, "sum_of_daily_visitors": 1},
    ]
    assert report["referrers"] == [
        {"referrer": "Google", "page_views": 2, "sum_of_daily_visitors": 2},
        {"referrer": "Hacker News", "page_views": 1, "sum_of_daily_visitors": 1},
        {"referrer": "blog.example.net", "page_views": 1, "sum_of_daily_visitors": 0},
    ]
    browsers = {row["browser"]: row["page_views"] for row in report["browsers"]}
    assert browsers == {"Chrome": 3, "Firefox": 2, "Mobile Safari": 1}
    assert {row["system"]: row["page_views"] for row in report["systems"]} == {
        "Windows": 3,
        "Linux": 2,
        "iOS": 1,
    }
    assert {row["device"]: row["page_views"] for row in report["devices"]} == {"desktop": 5, "phone": 1}
    assert {row["language"]: row["page_views"] for row in report["languages"]} == {"de-DE": 5, "en-US": 1}
    assert report["countries"] == []
    assert report["events"] == [{"event": "signup", "count": 1, "sum_of_daily_visitors": 1}]
    assert [row["utm_campaign"] for row in report["utm_campaigns"]] == ["May"]
    assert [row["hour"] for row in report["hours"]] == list(range(24))
    assert sum(row["page_views"] for row in report["hours"]) == 6
    assert report["refusals"] == {"bot": 1}
    assert set(report["overflow"].values()) == {0}
    assert report["accuracy"]["standard_error_percent"] == 0.81


async def test_an_empty_report(site: Running) -> None:
    report = (await site.report("?range=month")).json()
    assert len(report["daily_stats"]) == 31
    assert report["summary"]["page_views"] == 0
    assert report["pages"] == report["referrers"] == report["browsers"] == report["events"] == []


@pytest.mark.parametrize(
    ("query", "views", "visitors", "pages", "referrers"),
    [
        (
            "path=/docs/",
            4,
            2,
            {"/docs/a": 2, "/docs/b": 2},
            {"Google": 1, "Hacker News": 1, "blog.example.net": 1},
        ),
        ("path=/docs/a", 2, 2, {"/docs/a": 2}, {"Google": 1}),
        ("referrer=Google", 2, 2, {"/": 1, "/docs/a": 1}, {"Google": 2}),
        ("referrer=blog.example.net", 1, 0, {"/docs/b": 1}, {"blog.example.net": 1}),
        ("referrer=google&path=/docs", 1, 1, {"/docs/a": 1}, {"Google": 1}),
        ("path=/nowhere", 0, 0, {}, {}),
        ("referrer=nobody", 0, 0, {}, {}),
    ],
)
async def test_filters(
    site: Running, query: str, views: int, visitors: int, pages: dict[str, int], referrers: dict[str, int]
) -> None:
    await visit(site)
    report = (await site.report(f"?{query}")).json()
    assert (report["summary"]["page_views"], report["summary"]["sum_of_daily_visitors"]) == (views, visitors)
    assert [(day["page_views"], day["visitors"]) for day in report["daily_stats"]] == [(views, visitors)]
    assert {row["path"]: row["page_views"] for row in report["pages"]} == pages
    assert {row["referrer"]: row["page_views"] for row in report["referrers"]} == referrers
    for untold in ("browsers", "systems", "devices", "languages", "countries", "hours", "events"):
        assert report[untold] == []
    assert any("left out where a filter is set" in note for note in report["notes"])


async def test_a_filter_by_path_unites_the_visitors_of_its_pages(site: Running) -> None:
    for path in ("/docs/a", "/docs/b", "/docs/c"):
        await site.pixel(path)
    await site.pixel("/docs/a", {"User-Agent": FIREFOX})
    report = (await site.report("?path=/docs")).json()
    assert report["summary"] | {"opted_out_views": 0} == {
        "page_views": 4,
        "sum_of_daily_visitors": 2,
        "opted_out_views": 0,
        "total_active_apps": 1,
    }


async def test_visitors_of_several_days_and_sites_are_the_sum(client: Client, keys: Keys) -> None:
    now = [dt.datetime.now(dt.UTC).timestamp()]
    async with running(client, keys, UtcDay(lambda: now[0])) as site:
        await site.pixel()
        await site.pixel(site=OTHER_SITE)
        now[0] += 86_400
        await site.pixel()
        report = (await site.report("?range=week")).json()
        assert [day["visitors"] for day in report["daily_stats"]][-2:] == [2, 1]
        assert report["summary"]["sum_of_daily_visitors"] == 3
        assert report["pages"] == [{"path": "/", "page_views": 3, "sum_of_daily_visitors": 3}]
        only = (await site.report(f"?range=week&apps={OTHER_SITE}")).json()
        assert (only["summary"]["page_views"], only["summary"]["sum_of_daily_visitors"]) == (1, 1)


async def test_long_lists_are_cut_and_that_is_said(client: Client, keys: Keys) -> None:
    async with running(client, keys, rate_limit="off") as site:
        for number in range(102):
            await site.pixel(f"/{number}")
        await site.pixel("/101")
        report = (await site.report()).json()
        assert len(report["pages"]) == 100
        assert report["pages"][0] == {"path": "/101", "page_views": 2, "sum_of_daily_visitors": 1}
        assert "Of 102 pages the 100 most viewed are listed." in report["notes"]


async def test_what_went_to_other_comes_last_and_is_said(client: Client, keys: Keys) -> None:
    async with running(client, keys, value_cap=1) as site:
        for referrer in (NEWS, GOOGLE, BLOG):
            await site.pixel("/", referrer=referrer)
        report = (await site.report()).json()
        assert [(row["referrer"], row["page_views"]) for row in report["referrers"]] == [
            ("Hacker News", 1),
            ("(other)", 2),
        ]
        assert report["overflow"]["referrers"] == 2
        assert any("more referrers than are told apart" in note for note in report["notes"])


async def test_daily_rows_as_csv(site: Running) -> None:
    await visit(site)
    answer = await site.report("?range=week", Accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert len(rows) == 8
    assert rows[-1] == {"date": site.service.clock.today().isoformat(), "page_views": "6", "visitors": "2"}


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("?path=docs", 400, "path must begin with '/'"),
        ("?path=/" + "a" * 600, 400, "path is longer"),
        ("?referrer=" + "a" * 200, 400, "referrer is longer"),
        ("?range=decade", 400, "range must be"),
        ("?path=/a&path=/b", 400, "path is given more than once"),
        ("?apps=nosite", 404, "nosite"),
    ],
)
async def test_what_is_refused(site: Running, query: str, status: int, sentence: str) -> None:
    answer = await site.report(query)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


async def test_who_may_ask(site: Running) -> None:
    answer = await site.http.get("/telemetry/web")
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (401, False)
    answer = await site.http.get("/telemetry/web", headers={"Authorization": f"Bearer {site.token}x"})
    assert answer.status_code == 401


async def test_a_team_user_may_ask_about_granted_sites_only(site: Running) -> None:
    token = await site.service.registry.add_team_user("acme", "alice", TeamUser())
    await site.service.refresh()
    await visit(site)
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await site.http.get("/telemetry/web", headers=bearer)).status_code == 200
    assert (await site.http.get("/telemetry/web?apps=docs", headers=bearer)).status_code == 403


async def test_telemetry_off(client: Client, keys: Keys) -> None:
    async with running(client, keys, enable_telemetry=False) as site:
        assert (await site.report()).status_code == 403


async def test_what_the_service_sees_of_a_request(client: Client, keys: Keys) -> None:
    async with running(client, keys, peer="10.0.0.1", trusted_proxies="10.0.0.0/8") as site:
        headers = {
            "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
            "User-Agent": FIREFOX,
            "Accept-Language": "en-US,en",
            "Sec-GPC": "1",
        }
        assert (await site.http.get("/telemetry/request", headers=headers)).status_code == 401
        answer = await site.http.get(
            "/telemetry/request", headers=headers | {"Authorization": f"Bearer {site.token}"}
        )
        assert answer.json() == {
            "peer": "10.0.0.1",
            "peer_is_trusted": True,
            "x_forwarded_for": "198.51.100.1, 203.0.113.7",
            "forwarded": "",
            "address": "203.0.113.7",
            "visitor_network": "203.0.113.0/24",
            "country": "",
            "browser": "Firefox",
            "system": "Linux",
            "device": "desktop",
            "language": "en-US",
            "opted_out": True,
            "page_view": "counted",
        }
        assert answer.headers["cache-control"] == "no-store"
