"""Pages of sites, of events and of what was not counted: their figures are the reports'."""

import datetime as dt
import re
import uuid
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import Harness

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.counting.outcomes import Reason

from .hostile import BROWSER
from .signing import sign_in

pytestmark = pytest.mark.anyio

SITE, EVENTS, REFUSALS = "/dashboard/sites/editor", "/dashboard/events/editor", "/dashboard/refusals"


async def view(running: Harness, path: str, referrer: str = "", name: str = "") -> None:
    hit = {"owner": "acme", "site": "editor", "path": path, "referrer": referrer, "name": name}
    answer = await running.http.post("/api/telemetry/hit", json=hit, headers={"User-Agent": BROWSER})
    assert answer.headers["x-telemetry"] == "counted"


async def event(
    running: Harness, name: str, count: int, day: dt.date | None = None, **properties: dict[str, int]
) -> None:
    summary = {
        "owner": "acme",
        "app_name": "editor",
        "version": "1.0.0",
        "day": (day or dt.datetime.now(dt.UTC).date()).isoformat(),
        "batch_id": str(uuid.uuid4()),
        "events": [{"name": name, "count": count, "properties": properties}],
    }
    answer = await running.http.post("/telemetry/events", json=summary, headers={"X-Device-ID": "one"})
    assert answer.headers["x-telemetry"] == "counted"


async def page(running: Harness, address: str) -> str:
    answer = await running.http.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def figures(text: str) -> dict[str, str]:
    return dict(re.findall(r'<dt>([^<]+)</dt>\s*<dd>\s*<span class="value">([^<]+)</span>', text))


def bars(text: str, title: str) -> dict[str, str]:
    """The values of the list of that title, by their labels."""
    section = re.search(rf"<h\d>{title}</h\d>(.*?)</section>", text, re.S)
    assert section, title
    rows = re.findall(r"<bdi>([^<]*)</bdi>.*?<span class=\"value\">([^ <]+)", section[1], re.S)
    return {unescape(label): value for label, value in rows}


def link(text: str, label: str) -> str:
    found = re.search(rf'<a href="([^"]+)"><bdi>{re.escape(label)}</bdi>', text)
    assert found, label
    return unescape(found[1])


async def test_a_sites_figures_are_those_of_the_report(running: Harness) -> None:
    await sign_in(running)
    for path in ("/", "/", "/guide/a", "/guide/b"):
        await view(running, path, "https://www.google.com/" if path == "/guide/a" else "")
    await view(running, "/", name="download")
    text = await page(running, SITE)
    shown = figures(text)
    assert (shown["Views"], shown["Visitors"], shown["Views per visitor"]) == ("4", "1", "4.0")
    assert bars(text, "Pages") == {"/": "2", "/guide/a": "1", "/guide/b": "1"}
    assert bars(text, "Referrers") == {"Google": "1"}
    assert bars(text, "Browsers") == {"Firefox": "4"}
    assert bars(text, "Conversions") == {"download": "1"}
    assert "somebody who comes on three days is counted three times" in text
    report = (await running.http.get("/telemetry/web?range=month", headers=running.bearer)).json()
    assert report["summary"]["page_views"] == 4


async def test_a_filter_is_a_link_and_is_kept_when_the_days_change(running: Harness) -> None:
    await sign_in(running)
    await view(running, "/guide/a", "https://www.google.com/")
    await view(running, "/guide/b")
    await view(running, "/other")
    text = await page(running, SITE)
    by_path = await page(running, link(text, "/guide/a"))
    assert figures(by_path)["Views"] == "1"
    assert bars(by_path, "Referrers") == {"Google": "1"}
    both = await page(running, link(by_path, "Google"))
    assert bars(both, "Pages") == {"/guide/a": "1"}
    (week,) = {address for address in re.findall(r'href="([^"]+)"', both) if "range=week" in address}
    assert parse_qs(urlsplit(unescape(week)).query) == {
        "range": ["week"],
        "path": ["/guide/a"],
        "referrer": ["Google"],
    }
    nothing = await page(running, f"{SITE}?path=/nowhere")
    assert "No view matches" in nothing


async def test_a_site_without_views_says_how_to_send_one(running: Harness) -> None:
    await sign_in(running)
    text = unescape(await page(running, SITE))
    assert '<script defer src="http://counter/hit.js" data-site="editor" data-owner="acme"></script>' in text


async def test_an_app_without_events_says_how_to_send_one(running: Harness) -> None:
    await sign_in(running)
    assert 'telemetry.send("opened"' in unescape(await page(running, EVENTS))


async def test_events_are_counted_by_device_version_and_property(running: Harness) -> None:
    await sign_in(running)
    await event(running, "opened", 5, kind={"pdf": 3, "text": 2})
    await event(running, "closed", 2)
    text = await page(running, EVENTS)
    assert figures(text)["Events"] == "7"
    assert figures(text)["Devices"] == "1"
    assert bars(text, "kind") == {"pdf": "3", "text": "2"}
    closer = await page(running, link(text, "closed"))
    assert '<h2 id="closer"><bdi>closed</bdi></h2>' in closer
    assert bars(closer, "Versions") == {"1.0.0": "1"}


async def test_refusals_are_explained_and_chosen_by_app(running: Harness) -> None:
    await sign_in(running)
    query = {"owner": "acme", "app_name": "editor", "version": "1.0.0"}
    for _ in range(3):
        assert (
            (await running.http.get("/checkVersion", params=query)).headers["x-telemetry"].startswith("drop")
        )
    running.service.committer.refuse("acme", "player", Reason.STORE_UNAVAILABLE)
    await running.service.committer.drain(2)
    text = await page(running, REFUSALS)
    assert figures(text) == {"Refused": "4", "Lost to the store": "1", "Counted under (other)": "0"}
    assert "have the program send a random id" in text
    assert "look into the service&#39;s log" in text
    of_player = await page(running, link(text, "player"))
    assert figures(of_player)["Refused"] == "1"
    assert "have the program send a random id" not in of_player


async def test_where_all_was_counted_the_page_says_so(running: Harness) -> None:
    await sign_in(running)
    assert "Everything was counted" in await page(running, REFUSALS)


async def test_a_team_user_sees_what_is_granted(running: Harness) -> None:
    user = TeamUser(apps=frozenset({"player"}))
    token = await running.service.registry.add_team_user("acme", "mara", user)
    await running.service.refresh()
    await sign_in(running, token)
    for address in (SITE, EVENTS, f"{REFUSALS}?apps=editor"):
        assert (await running.http.get(address)).status_code == 403, address
    for app in ("editor", "player"):
        running.service.committer.refuse("acme", app, Reason.STORE_UNAVAILABLE)
    await running.service.committer.drain(2)
    text = await page(running, REFUSALS)
    assert figures(text)["Refused"] == "2"
    assert "(other apps)" in text
    assert "editor" not in text
    await page(running, SITE.replace("editor", "player"))


@pytest.mark.parametrize("query", ["path=guide", "range=year", "date=2001-01-01", "from=2025-01-01"])
async def test_what_cannot_be_asked_is_one_sentence(running: Harness, query: str) -> None:
    await sign_in(running)
    answer = await running.http.get(f"{SITE}?{query}")
    assert answer.status_code == 400
    assert "That cannot be shown" in answer.text


async def test_an_unknown_app_is_not_there(running: Harness) -> None:
    await sign_in(running)
    for address in ("/dashboard/sites/none", "/dashboard/events/none"):
        assert (await running.http.get(address)).status_code == 404
