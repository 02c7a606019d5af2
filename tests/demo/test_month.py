"""The made-up month: the same every time, and with something of everything."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from telemetry_counter.accounts.snapshot import Admin, Snapshot
from telemetry_counter.counting.clock import SECONDS_A_DAY, UtcDay
from telemetry_counter.demo.events import CRASHING
from telemetry_counter.demo.month import GRANTS, OWNER, TEAM_USER, Month
from telemetry_counter.pages.filters import EVERY_VIEW
from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.event_figures import build_event_report
from telemetry_counter.store.reading.full_reports import build_full_report
from telemetry_counter.store.reading.page_figures import build_page_report
from telemetry_counter.store.registry import Registry

SHARE = 0.1
NOON = time.time() // SECONDS_A_DAY * SECONDS_A_DAY + SECONDS_A_DAY / 2
"""Of today: what is older than the retention, the store deletes by its own clock."""


@dataclass(frozen=True, slots=True)
class Filled:
    admin: Admin
    month: dict[str, Any]
    year: dict[str, Any]
    pages: dict[str, Any]
    events: dict[str, Any]

    @property
    def figures(self) -> tuple[dict[str, Any], ...]:
        return self.month, self.year, self.pages, self.events


@pytest.fixture(scope="module")
def twice() -> tuple[Filled, Filled]:
    """Two fillings of the same day, on stores of their own."""
    return fill(), fill()


def fill() -> Filled:
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory) / "store") as store:
        return asyncio.run(filled(open_client(store.url)))


async def filled(client: Client) -> Filled:
    settings, keys, clock = Settings(enable_telemetry=True), Keys(), UtcDay(lambda: NOON)
    month = Month(settings, client, keys, clock, share=SHARE)
    try:
        await month.fill()
        admin = (await Registry(client, keys).refresh(Snapshot())).admins[OWNER]
        reach = Reach(clock.today(), settings.retention_days)
        whole = parse_selection({"range": "month"}, reach, admin.apps)
        year = parse_selection({"range": "year"}, reach, admin.apps, with_year=True)
        now = month.now
        return Filled(
            admin,
            await build_full_report(client, keys, admin, whole, now, reach),
            await build_full_report(client, keys, admin, year, now, reach),
            await build_page_report(client, keys, admin, whole, EVERY_VIEW),
            await build_event_report(client, keys, admin, whole),
        )
    finally:
        await client.aclose()


def test_the_same_day_gives_the_same_figures(twice: tuple[Filled, Filled]) -> None:
    one, other = twice
    assert one.figures == other.figures


def test_every_day_of_the_month_and_of_the_year_has_devices(twice: tuple[Filled, Filled]) -> None:
    filled = twice[0]
    assert all(row["unique_clients"] > 50 for row in filled.month["daily_stats"])
    days = [row["unique_clients"] for row in filled.year["daily_stats"]]
    assert len(days) == 366
    assert all(days)
    assert sum(days[:30]) < sum(days[-61:-31]) / 2, "there are more and more of them"


def test_updates_take_days_to_spread_and_some_stay_behind(twice: tuple[Filled, Filled]) -> None:
    summary = twice[0].month["summary"]
    assert summary["clients_using_latest_version"] > summary["clients_outdated"] > 0
    assert len(twice[0].month["versions"]["usage"]) > 12


def test_there_are_releases_of_every_kind(twice: tuple[Filled, Filled]) -> None:
    releases = [release for app in twice[0].admin.apps.values() for release in app.releases]
    for kind in ("withdrawn", "critical", "required", "is_staged", "channel", "changelog"):
        assert any(getattr(release, kind) for release in releases), kind


def test_refusals_have_many_reasons_and_caps_were_reached(twice: tuple[Filled, Filled]) -> None:
    filled = twice[0]
    assert len(filled.month["refusals"]) >= 9
    assert filled.month["refusals"]["store_unavailable"] > 1_000
    assert filled.pages["overflow"]["referrers"] > 0


def test_the_site_has_pages_readers_and_events(twice: tuple[Filled, Filled]) -> None:
    pages = twice[0].pages
    for name in ("pages", "referrers", "browsers", "systems", "devices", "countries", "languages", "events"):
        assert len(pages[name]) >= 3, name
    assert len(pages["utm_campaigns"]) == 1
    assert sum(hour["page_views"] > 0 for hour in pages["hours"]) == 24
    assert 0 < pages["summary"]["opted_out_views"] < pages["summary"]["page_views"] / 5


def test_the_version_that_was_withdrawn_crashed(twice: tuple[Filled, Filled]) -> None:
    crashes = next(event for event in twice[0].events["events"] if event["event"] == "crashed")
    assert crashes["versions"][0]["version"] == CRASHING
    assert {event["event"] for event in twice[0].events["events"]} >= {"started", "opened", "exported"}


def test_a_team_user_sees_a_part(twice: tuple[Filled, Filled]) -> None:
    assert twice[0].admin.team == {TEAM_USER: GRANTS}
    assert GRANTS.apps < set(twice[0].admin.apps)
