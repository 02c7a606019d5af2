"""The overview: its figures are the report's, and what it cannot show it says."""

import re

import pytest
from fakeredis import FakeAsyncRedis
from harness import Harness, harness

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.housekeeping import Housekeeping
from telemetry_counter.store.keys import Keys

from .signing import check, sign_in

REPORT = "telemetry_counter.routes.dashboard.comparing.build_full_report"

pytestmark = pytest.mark.anyio


async def page(running: Harness, path: str, status: int = 200) -> str:
    answer = await running.http.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def figures(text: str) -> dict[str, str]:
    """Large figures by their labels."""
    return dict(re.findall(r'<dt>([^<]+)</dt>\s*<dd>\s*<span class="value">([^<]+)</span>', text))


def row(text: str, name: str) -> list[str]:
    """The cells of the row that begins so, without markup."""
    found = next(row for row in re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.S) if f"<bdi>{name}</bdi>" in row)
    cells = re.findall(r"<t[hd].*?</t[hd]>", found, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


async def test_the_figures_are_those_of_the_report(running: Harness) -> None:
    await running.publish("editor", "1.1.0")
    for device in range(12):
        await check(running, f"device {device}", version="1.1.0" if device < 9 else "1.0.0")
    await check(running, "device 1", app_name="player")
    await sign_in(running)
    report = (await running.http.get("/telemetry?range=month", headers=running.bearer)).json()["summary"]
    text = await page(running, "/dashboard")
    assert figures(text) == {
        "Devices": str(report["unique_clients"]),
        "Requests": "13",
        "On latest": "9",
        "Outdated": str(report["clients_outdated"]),
        "Active apps": "2",
    }
    assert "75 % of 12 of known state" in text
    assert row(text, "editor")[1].startswith("1.1.0 ")
    assert row(text, "editor")[2:4] == ["12", "12"]
    assert row(text, "player")[2:4] == ["1", "1"]


@pytest.mark.parametrize("query", ["", "?range=today"])
async def test_the_first_day_is_judged_by_what_came_so_far(running: Harness, query: str) -> None:
    await running.publish("editor", "1.1.0")
    for device in range(4):
        await check(running, f"device {device}", version="1.1.0" if device < 3 else "1.0.0")
    await check(running, app_name="player")
    await sign_in(running)
    text = await page(running, f"/dashboard{query}")
    assert row(text, "editor")[4] == "75 % of 4 so far today"
    assert row(text, "player")[4] == "\N{EN DASH}"


async def test_apps_come_from_the_history_as_from_the_days(running: Harness) -> None:
    await check(running, "one")
    await check(running, "two")
    await sign_in(running)
    before = row(await page(running, "/dashboard"), "editor")
    await Housekeeping(running.service).keep()
    assert row(await page(running, "/dashboard"), "editor") == before
    assert before[2:4] == ["2", "2"]


async def test_a_column_leads_to_its_day(running: Harness) -> None:
    await check(running)
    await sign_in(running)
    text = await page(running, "/dashboard?range=week")
    today = running.service.clock.today().isoformat()
    assert f'href="/dashboard?date={today}"' in text
    assert len(re.findall(r'<a href="/dashboard\?date=', text)) >= 8
    assert figures(await page(running, f"/dashboard?date={today}"))["Requests"] == "1"


async def test_the_range_is_where_the_page_is(running: Harness) -> None:
    await sign_in(running)
    for name, label in (("today", "Today"), ("week", "Week"), ("month", "Month"), ("year", "Year")):
        text = await page(running, f"/dashboard?range={name}")
        assert f'aria-current="true">{label}</a>' in text
    today = running.service.clock.today().isoformat()
    assert f'value="{today}"' in await page(running, f"/dashboard?from={today}&to={today}")


async def test_a_year_has_a_mean_instead_of_a_union(running: Harness) -> None:
    await check(running)
    await sign_in(running)
    text = await page(running, "/dashboard?range=year")
    assert figures(text)["Devices a day"] == "1"
    assert "Devices cannot be united over a year" in text


async def test_nothing_yet_says_how_to_begin(running: Harness) -> None:
    await sign_in(running)
    text = await page(running, "/dashboard")
    assert "Nothing of editor was counted yet" in text
    line = re.search(r"<pre[^>]*><code>(curl.*?)</code>", text, re.S)
    assert line
    address = re.search(r"http://counter(/checkVersion\?[^&#]+(?:&amp;[a-z_]+=[^&#]+)*)&#39;", line[1])
    assert address, line[1]
    answer = await running.http.get(
        address[1].replace("&amp;", "&"), headers={"X-Device-ID": "3f0c9a52-6d1e-4c7b-9a38-5b1f0c2d7e64"}
    )
    assert answer.headers["x-telemetry"] == "counted"
    assert "counted yet" not in await page(running, "/dashboard")


async def test_no_app_says_how_to_make_one(running: Harness) -> None:
    token = await running.service.registry.create_admin("new")
    await running.service.refresh()
    await sign_in(running, token)
    assert "telemetry-counter app create new/editor" in await page(running, "/dashboard")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("range=decade", "range must be today, week, month or year."),
        ("date=2020-01-01", "the first day that is still kept"),
        ("date=tomorrow", "date must be a date"),
        ("range=week&range=month", "range is given more than once"),
        ("date=2025-01-01&range=week", "cannot be given together"),
    ],
)
async def test_a_bad_address_is_a_page_with_a_sentence(running: Harness, query: str, sentence: str) -> None:
    await sign_in(running)
    assert sentence in await page(running, f"/dashboard?{query}", 400)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/dashboard?rnge=week", "There is no parameter rnge; did you mean range?"),
        ("/dashboard/apps/editor?channel=beta", "There is no parameter channel; did you mean channels?"),
        ("/dashboard/apps/editor?apps=player", "There is no parameter apps."),
        ("/dashboard/sites/editor?pth=/guide", "There is no parameter pth; did you mean path?"),
        ("/dashboard/events/editor?platform=linux", "did you mean platforms?"),
        ("/dashboard/refusals?app=editor", "There is no parameter app; did you mean apps?"),
    ],
)
async def test_what_is_not_known_is_not_answered_with_everything(
    running: Harness, address: str, sentence: str
) -> None:
    await sign_in(running)
    text = await page(running, address, 400)
    assert sentence in text
    assert "That cannot be shown" in text


async def test_what_caches_are_passed_by_with_is_ignored(running: Harness) -> None:
    await sign_in(running)
    await page(running, "/dashboard?range=week&_=1&ts=2&rnd=3")


async def test_telemetry_off_says_how_to_switch_it_on(silent: Harness) -> None:
    await sign_in(silent)
    for path in ("/dashboard", "/dashboard/apps/editor"):
        assert "ENABLE_TELEMETRY=true" in await page(silent, path)


async def test_while_the_store_is_away_the_last_figures_are_shown(
    running: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check(running)
    await sign_in(running)
    await page(running, "/dashboard?range=week")

    async def away(*_: object) -> None:
        raise StoreUnavailable("Connection refused.")

    monkeypatch.setattr(REPORT, away)
    text = await page(running, "/dashboard?range=week")
    assert figures(text)["Devices"] == "1"
    assert "The store is away. These figures are as of" in text
    assert "UTC, less than a minute ago." in text
    text = await page(running, "/dashboard?range=today", 503)
    assert "The store is away" in text
    assert "Connection refused" not in text
    assert 'href="/dashboard?range=week">Overview, less than a minute ago</a>' in text


async def test_what_one_token_saw_is_not_shown_to_another(
    running: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(running)
    await page(running, "/dashboard")
    other = await running.service.registry.create_admin("other")
    await running.service.refresh()

    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(REPORT, away)
    await running.service.registry.create_app("other", "game")
    await running.service.refresh()
    await sign_in(running, other)
    assert "editor" not in await page(running, "/dashboard", 503)


async def test_what_was_seen_with_other_grants_or_by_another_admin_is_not_shown(
    running: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where tokens have the same id: an admin may choose that of its own."""
    registry, one_id = running.service.registry, "0a1b2c3d"
    may_see = TeamUser(apps=frozenset({"editor"}))
    token = await registry.add_team_user("acme", "ann", may_see, token_id=one_id)
    await registry.create_admin("other")
    stranger = await registry.create_token("other", token_id=one_id)
    await registry.create_app("other", "game")
    await running.service.refresh()
    await check(running)
    await sign_in(running, token)
    await page(running, "/dashboard")

    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(REPORT, away)
    assert "These figures are as of" in await page(running, "/dashboard")
    await sign_in(running, stranger)
    assert "editor" not in await page(running, "/dashboard", 503)
    await registry.add_team_user("acme", "ann", TeamUser())
    await running.service.refresh()
    await sign_in(running, token)
    assert "editor" not in await page(running, "/dashboard", 503)


async def test_a_mistake_is_a_page_without_a_stack(
    running: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    await sign_in(running)
    monkeypatch.setattr(REPORT, broken)
    text = await page(running, "/dashboard", 500)
    assert "its log says which" in text
    assert "secret detail" not in text
    assert "Unexpected error on the dashboard" in caplog.text


async def test_the_page_is_small_where_the_browser_takes_it_small(running: Harness) -> None:
    await sign_in(running)
    headers = {"Accept-Encoding": "identity"}
    plain = await running.http.get("/dashboard", headers=headers)
    assert "content-encoding" not in plain.headers
    small = await running.http.get("/dashboard", headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert "Accept-Encoding" in small.headers["vary"]


async def test_links_are_under_the_path_the_service_is_mounted_at(keys: Keys) -> None:
    store = FakeAsyncRedis(server_type="valkey")
    async with harness(store, keys, enable_telemetry=True, root_path="/counter") as running:
        http = running.http
        answer = await http.post("/counter/dashboard/sign-in", data={"token": running.token})
        assert answer.headers["location"] == "/counter/dashboard"
        assert "Path=/counter/dashboard;" in answer.headers["set-cookie"]
        for path in ("/counter/dashboard", "/counter/dashboard/apps/editor", "/counter/dashboard/nothing"):
            links = re.findall(r'(?:href|action)="([^"]+)"', (await http.get(path)).text)
            assert len(links) > 8
            assert [link for link in links if not link.startswith(("/counter/", "#"))] == []
        http.cookies.clear()
        away = await http.get("/counter/dashboard?range=week")
        assert away.headers["location"] == "/counter/dashboard/sign-in?then=%2Fdashboard%3Frange%3Dweek"


async def test_only_ranges_that_are_kept_are_offered(keys: Keys) -> None:
    store = FakeAsyncRedis(server_type="valkey")
    async with harness(store, keys, enable_telemetry=True, retention_days=5) as running:
        await sign_in(running)
        text = await page(running, "/dashboard")
        offered = re.findall(r'href="/dashboard\?range=(\w+)"', text)
        assert offered == ["today", "year"]
        assert 'aria-current="true">Today</a>' in text


async def test_without_enough_days_nothing_is_compared_and_the_page_says_so(running: Harness) -> None:
    await check(running)
    await sign_in(running)
    assert "The 30 days before are not kept whole" in await page(running, "/dashboard")
    assert "Compared with" in await page(running, "/dashboard?range=week")
    assert "ompared with" not in await page(running, "/dashboard?range=today")


@pytest.mark.parametrize(
    ("accepted", "is_small"),
    [("gzip", True), ("br;q=1.0, GZIP;q=0.8", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
async def test_only_who_takes_gzip_gets_it(running: Harness, accepted: str, is_small: bool) -> None:
    for path in ("/dashboard/sign-in", "/dashboard/style.css"):
        answer = await running.http.get(path, headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("content-encoding") == "gzip") is is_small
        assert len(answer.text) > 500
