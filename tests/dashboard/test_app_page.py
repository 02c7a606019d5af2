"""An app's page."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from harness import OWNER, Harness, harness

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.dashboard.marks import MARK
from telemetry_counter.dashboard.wording import day
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .signing import check, sign_in
from .test_overview import figures, page, row

pytestmark = pytest.mark.anyio


async def mixed(running: Harness) -> None:
    """Six devices on Linux, two of them behind, and two on Windows, both behind."""
    await running.publish("editor", "1.0.0")
    await running.publish("editor", "1.1.0")
    for number in range(6):
        version = "1.1.0" if number < 4 else "1.0.0"
        await check(running, f"l{number}", version=version, platform="linux", arch="amd64", channel="stable")
    for number in range(2):
        await check(running, f"w{number}", platform="windows", arch="arm64", channel="beta")


async def test_versions_and_platforms(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True) as running:
        await mixed(running)
        await sign_in(running)
        text = await page(running, "/dashboard/apps/editor?range=today")
        shown = figures(text)
        assert (shown["Devices"], shown["On latest"], shown["Outdated"]) == ("8", "4", "4")
        assert shown["Active on the day"] == "8"
        assert row(text, "1.1.0")[1] == "50 % 4"
        heat = text[text.index("Versions by platform") :]
        assert row(heat, "linux") == ["linux", "67 %", "33 %", "6"]
        assert row(heat, "windows") == ["windows", "\N{EN DASH}", "100 %", "2"]
        week = await page(running, "/dashboard/apps/editor?range=week")
        assert "Devices by version and day" in week
        assert "1.0.0: 4" in week
        assert "1.1.0: 4" in week


async def test_the_first_day_shows_what_came_so_far(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    for range_ in ("month", "today"):
        text = await page(running, f"/dashboard/apps/editor?range={range_}")
        assert "So far today" in text
        assert row(text, "1.1.0")[1] == "50 % 4"
        assert "Share of each platform&#39;s devices by version so far today" in text
        assert row(text[text.index("Versions by platform") :], "linux")[3] == "6"
    text = await page(running, "/dashboard/apps/editor?range=month")
    assert "Well done" not in text
    assert "No full day yet" in text


async def test_a_full_day_with_checks_speaks_before_today(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    tomorrow = running.service.clock.now() + 86_400
    running.service.clock = UtcDay(lambda: tomorrow)
    text = await page(running, "/dashboard/apps/editor?range=month")
    assert "So far today" not in text
    assert row(text, "1.1.0")[1] == "50 % 4"


async def test_release_days_are_marked_and_said(running: Harness) -> None:
    """On them nearly nobody is on the latest, which looks as if something broke."""
    now = dt.datetime.fromtimestamp(running.service.clock.now(), dt.UTC)
    for version, days, platform in (("1.0.0", 3, ""), ("1.1.0", 1, ""), ("1.1.1", 1, "linux")):
        await running.publish("editor", version, published=now - dt.timedelta(days=days), platform=platform)
    await running.publish("player", "7.0", published=now - dt.timedelta(days=2))
    await check(running)
    await sign_in(running)
    text = (await page(running, "/dashboard/apps/editor?range=week")).partition("<h2>Day by day</h2>")[2]
    assert "Release: a new version is the latest" in text
    assert text.count(f">{MARK}<") == 2
    assert "0 devices, 0 requests; released: 1.1.1, 1.1.0" in text
    assert row(text, day(now.date() - dt.timedelta(days=3)))[0].endswith("released: 1.0.0")
    on_windows = await page(running, "/dashboard/apps/editor?range=week&platforms=windows")
    assert "1.1.1" not in on_windows.partition("<h2>Day by day</h2>")[2]
    overview = await page(running, "/dashboard?range=week")
    assert "released: player 7.0" in overview
    assert "released: editor 1.1.1, editor 1.1.0" in overview
    assert overview.count(f">{MARK}<") == 3


async def test_without_a_release_nothing_is_marked(running: Harness) -> None:
    await running.publish("editor", "1.0.0")
    await check(running)
    await sign_in(running)
    for address in ("/dashboard", "/dashboard/apps/editor"):
        text = await page(running, f"{address}?range=week")
        assert MARK not in text
        assert "a new version is the latest" not in text


async def test_a_team_user_is_told_of_the_releases_of_granted_apps(running: Harness) -> None:
    now = dt.datetime.fromtimestamp(running.service.clock.now(), dt.UTC)
    for app in ("editor", "player"):
        await running.publish(app, "2.0", published=now - dt.timedelta(days=1))
    user = TeamUser(apps=frozenset({"editor"}))
    token = await running.service.registry.add_team_user(OWNER, "ada", user)
    await running.service.refresh()
    await sign_in(running, token)
    text = await page(running, "/dashboard?range=week")
    assert "released: editor 2.0" in text
    assert "player 2.0" not in text


async def test_filters_are_kept_in_the_address(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=today&platforms=linux")
    assert figures(text)["Devices"] == "6"
    assert 'href="/dashboard/apps/editor?range=week&amp;platforms=linux"' in text or (
        'href="/dashboard/apps/editor?platforms=linux&amp;range=week"' in text
    )
    assert '<option value="linux" selected>' in text
    assert "Platform: linux" in text
    every = await page(running, "/dashboard/apps/editor?range=today")
    for link in ("platforms=windows", "architectures=arm64", "channels=beta"):
        assert re.search(rf'href="/dashboard/apps/editor\?range=today&amp;{link}"', every)


async def test_an_empty_field_of_the_form_filters_nothing(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=today&platforms=&channels=&architectures=")
    assert figures(text)["Devices"] == "8"


async def test_no_match_says_so_and_leads_back(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=month&platforms=haiku")
    assert "No check matches these filters" in text
    assert 'class="button" href="/dashboard/apps/editor?range=month"' in text


async def test_an_app_nobody_has_says_how_to_begin(running: Harness) -> None:
    await sign_in(running)
    text = await page(running, "/dashboard/apps/player")
    assert "app_name=player" in text
    assert "http://counter/checkVersion" in text


async def test_what_is_not_there_is_not_told_from_what_is_anothers(running: Harness) -> None:
    await running.service.registry.create_admin("other")
    await running.service.registry.create_app("other", "game")
    await running.service.refresh()
    await sign_in(running)
    theirs = await page(running, "/dashboard/apps/game", 404)
    nobodys = await page(running, "/dashboard/apps/nope", 404)
    assert theirs.replace("game", "nope") == nobodys


async def test_a_team_user_filters_by_what_was_granted(running: Harness) -> None:
    await mixed(running)
    user = TeamUser(apps=frozenset({"editor"}), platforms=frozenset({"linux"}))
    token = await running.service.registry.add_team_user(OWNER, "ada", user)
    await running.service.refresh()
    await sign_in(running, token)
    text = await page(running, "/dashboard/apps/editor?range=today")
    assert "platforms=linux" in text
    assert "platforms=windows" not in text
    assert (
        figures(await page(running, "/dashboard/apps/editor?range=today&platforms=linux"))["Devices"] == "6"
    )
    assert "may not filter platforms by windows" in await page(
        running, "/dashboard/apps/editor?platforms=windows", 403
    )
    assert "may not filter apps by player" in await page(running, "/dashboard/apps/player", 403)


async def test_a_year_of_an_app(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=year")
    assert figures(text)["Devices a day"] == "8"
    assert "1.1.0: 4" in text


async def test_a_filtered_year_is_refused_in_words(running: Harness) -> None:
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=year&platforms=linux", 400)
    assert "range=year cannot be filtered" in text


async def test_who_lags_is_named(running: Harness) -> None:
    await mixed(running)
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=today")
    attention = text[text.index("Needs attention") :]
    assert row(attention, "1.0.0")[:3] == ["1.0.0", "2 33 %", "1 release"]


@pytest.mark.parametrize("version", ["9." + "W" * 62, "1.0+" + "W" * 60, "v" + "0" * 63])
@pytest.mark.parametrize("app", ["W" * 64, "a b@c"])
async def test_the_widest_names_are_shown_as_they_are(running: Harness, app: str, version: str) -> None:
    await running.service.registry.create_app(OWNER, app)
    await running.service.refresh()
    await check(running, app_name=app, version=version, platform="W" * 32, channel="W" * 32, arch="W" * 32)
    await sign_in(running)
    text = await page(running, f"/dashboard/apps/{quote(app)}?range=week")
    assert f"<bdi>{version}</bdi>" in text
    assert f"<h1><bdi>{app}</bdi></h1>" in text
    assert f'href="/dashboard/apps/{quote(app, safe="")}' in await page(running, "/dashboard")


@pytest.mark.parametrize(
    "text", ['"><script>alert(1)</script>', "<b>", "&amp;", "\N{RIGHT-TO-LEFT OVERRIDE}"]
)
async def test_what_is_in_the_address_is_shown_as_text(running: Harness, text: str) -> None:
    await sign_in(running)
    for path in (
        f"/dashboard/apps/{quote(text, safe='')}",
        f"/dashboard/apps/editor?platforms={quote(text)}",
        f"/dashboard?date={quote(text)}",
        f"/dashboard/{quote(text)}",
        f"/dashboard/sign-in?then=/dashboard/{quote(text)}",
    ):
        answer = await running.http.get(path)
        assert answer.status_code in (303, 400, 404)
        assert "<script" not in answer.text
        assert "<b>" not in answer.text
