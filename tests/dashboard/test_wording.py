"""What pages say where there is less than usual: a year, cut lists, days that are not kept."""

import datetime as dt
from typing import Any

import pytest
from harness import Harness

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.adoption import adoption
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.frame import Frame, Page, render
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.lists import bar_list
from telemetry_counter.dashboard.notes import OF_REFUSALS, without_refusals
from telemetry_counter.dashboard.overview import Overview
from telemetry_counter.dashboard.parts import Change, Figure
from telemetry_counter.dashboard.versions import TABLE_ROWS, Day, Published, usage_tables
from telemetry_counter.dashboard.wording import NONE
from telemetry_counter.reporting.selection import Reach, dates

from .signing import check, sign_in
from .test_overview import page
from .test_sites import EVENTS, REFUSALS, SITE, event, view

NOW = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
REACH = Reach(TODAY, 30)


def days_back(number: int) -> tuple[dt.date, ...]:
    return dates(TODAY - dt.timedelta(days=number), TODAY)


@pytest.mark.parametrize(
    ("back", "said"),
    [(30, "A column leads to its day"), (31, "Columns of the last 31 days lead to their day")],
)
def test_which_columns_lead_to_their_day(back: int, said: str) -> None:
    assert Asked(Links(), (), {}, days_back(back), REACH).columns_lead == said


@pytest.mark.parametrize(
    ("named", "has_other", "said"),
    [
        (100, True, "And 90 more of the 100 that are listed and (other), with 97 together, 50 %."),
        (100, False, "And 90 more of the 100 that are listed, with 90 together, 46 %."),
        (20, True, "And 11 more with 17 together, 8.7 %."),
        (10, False, ""),
    ],
)
def test_a_list_cut_short_says_so(named: int, has_other: bool, said: str) -> None:
    rows: list[dict[str, Any]] = [{"referrer": f"{number}.org", "views": 1} for number in range(named)]
    rows += [{"referrer": OTHER, "views": 7}] if has_other else []
    assert bar_list("Referrers", "", rows, "referrer", "views", 195, longest=100).note == said


@pytest.mark.parametrize(("extra", "said"), [(1, "1 more version"), (2, "2 more versions")])
def test_versions_beyond_the_table(extra: int, said: str) -> None:
    usage = [{"version": f"1.{number}", "client_count": 1} for number in range(TABLE_ROWS + extra)]
    assert usage_tables(usage, Day(TODAY, 20, {}), Published({}, ""), NOW)[1].caption == said


def released(first_day: int, *shares: float, **days_to: int | None) -> dict[str, Any]:
    days = [
        {"day": first_day + number, "share": share, "client_count": round(100 * share), "of": 100}
        for number, share in enumerate(shares)
    ]
    reached = {"50": None, "80": None, "95": None} | {name[1:]: at for name, at in days_to.items()}
    return {
        "version": "1.0",
        "withdrawn": False,
        "published": NOW.isoformat(),
        "days": days,
        "days_to": reached,
    }


def answer(release: dict[str, Any], last_days_ago: int, days: int = 1) -> dict[str, Any]:
    last = TODAY - dt.timedelta(days=last_days_ago)
    named = [day.isoformat() for day in dates(last - dt.timedelta(days=days - 1), last)]
    tail = {"date_range": named, "devices": [], "older": 0}
    places = {"channel": "stable", "platform": "", "arch": ""}
    return {**places, "date_range": named, "releases": [release], "stale_tail": tail, "notes": []}


@pytest.mark.parametrize(
    ("last_days_ago", "days", "column", "when"),
    [
        (0, 1, "So far today", "on 16 Jun"),
        (1, 7, "On 15 Jun", "from 9 Jun to 15 Jun"),
        (20, 3, "On 27 May", "from 25 May to 27 May"),
    ],
)
def test_days_that_adoption_is_of_are_named(last_days_ago: int, days: int, column: str, when: str) -> None:
    found = adoption(answer(released(0, 0.5), last_days_ago, days), NOW)
    assert found.table.columns[-1].title == column
    assert found.laggards
    assert found.laggards.caption == f"Devices whose newest version {when} is outdated"


@pytest.mark.parametrize(
    ("release", "cells", "is_explained"),
    [
        (released(0, 0.4, 0.6, 0.85, d50=1, d80=2), ["1", "2", NONE], False),
        (released(78, 0.81, 0.79, 0.96, d95=80), ["earlier", "earlier", "unknown"], True),
        (released(78, 0.3, 0.4), [NONE, NONE, NONE], True),
    ],
)
def test_when_a_release_reached_its_devices(
    release: dict[str, Any], cells: list[str], is_explained: bool
) -> None:
    found = adoption(answer(release, 0), NOW)
    assert [cell.text for cell in found.table.rows[0][1:-1]] == cells
    assert bool(found.notes) is is_explained


def test_notes_on_refusals_are_left_out() -> None:
    assert without_refusals([f"{OF_REFUSALS}many.", "A visitor."]) == ["A visitor."]


@pytest.mark.anyio
async def test_a_year_says_what_it_has(running: Harness) -> None:
    await check(running, "one")
    await sign_in(running)
    app = await page(running, "/dashboard/apps/editor?range=year")
    assert "<h2>Versions</h2>" not in app
    assert "<h2>Versions by platform</h2>" in app
    assert "days lead to their day" in app
    assert "Devices cannot be united over a year" in await page(running, "/dashboard?range=year")
    assert "Devices of an app are united" in await page(running, "/dashboard?range=week")


@pytest.mark.anyio
async def test_filters_of_a_year_are_of_the_days_that_can_be_filtered(running: Harness) -> None:
    await check(running, "one")
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor?range=year")
    form = text[text.index('aria-label="Filters"') :].partition("</form>")[0]
    assert 'name="range"' not in form
    week = await page(running, "/dashboard/apps/editor?range=week")
    assert '<input type="hidden" name="range" value="week">' in week
    assert "with a filter, this page shows the month." in text
    assert "cannot be filtered" not in week


@pytest.mark.anyio
@pytest.mark.parametrize("query", ["platforms=linux", "range=week&channels=beta"])
async def test_a_filtered_page_says_that_a_year_has_no_filter(running: Harness, query: str) -> None:
    await check(running, "one", platform="linux", channel="beta")
    await sign_in(running)
    text = await page(running, f"/dashboard/apps/editor?{query}")
    assert "A year is kept as plain sums, which cannot be filtered: Year shows everything." in text
    assert 'href="/dashboard/apps/editor?range=year">Year</a>' in text


@pytest.mark.anyio
@pytest.mark.parametrize("address", [SITE, EVENTS, REFUSALS])
async def test_a_year_of_other_pages_is_refused_in_words(running: Harness, address: str) -> None:
    await sign_in(running)
    assert "range=year is of update checks alone" in await page(running, f"{address}?range=year", 400)


@pytest.mark.anyio
async def test_an_app_that_is_only_read_leads_to_its_pages(running: Harness) -> None:
    await view(running, "/")
    await sign_in(running)
    text = await page(running, "/dashboard/apps/editor")
    assert "No update check of editor; it has page views." in text
    assert 'class="button" href="/dashboard/sites/editor"' in text
    assert "app_name=editor" not in text


@pytest.mark.anyio
async def test_no_note_is_on_what_is_not_shown(running: Harness) -> None:
    await view(running, "/")
    await event(running, "opened", 1)
    await check(running, "one", version="1 2")
    await check(running, "one", platform="linux")
    await sign_in(running)
    for address in (SITE, EVENTS, "/dashboard/apps/editor?platforms=linux"):
        assert OF_REFUSALS not in await page(running, address)


def test_a_change_is_read_out_as_a_sentence() -> None:
    change = Change("+9.3 %", "up", "good", "Mon 21 Sep to Wed 21 Oct")
    view = Overview(
        Asked(Links(), (), {"range": "week"}, days_back(7), REACH),
        "",
        [Figure("Requests", "12", change=change)],
        None,
        None,
        [],
    )
    text = render(Page("overview.html", "Overview", view), Frame(Links(), "acme"))
    assert '+9.3 %<span class="unseen">, compared with Mon 21 Sep to Wed 21 Oct</span>' in text
