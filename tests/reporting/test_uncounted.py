"""What was not counted, by day and app: together it is what the reports say."""

import datetime as dt

import pytest

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.dashboard.advice import REASONS, URGENCY, overflow_advice
from telemetry_counter.pages.dimensions import SPACE
from telemetry_counter.pages.filters import EVERY_VIEW
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.reporting.uncounted import CHECKS, OVERFLOWED, PAGES, Overflow, Refused
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.app_views import read_views
from telemetry_counter.store.reading.page_figures import build_page_report
from telemetry_counter.store.reading.reports import build_report
from telemetry_counter.store.reading.uncounted import read_uncounted

pytestmark = pytest.mark.anyio

TODAY = dt.date(2025, 6, 16)
NOW = dt.datetime(2025, 6, 16, 15, 0, tzinfo=dt.UTC)
YESTERDAY = TODAY - dt.timedelta(days=1)
DAYS = (YESTERDAY, TODAY)
APPS = ("docs", "editor")
ADMIN = Admin("acme", 1, {app: App(app, NOW) for app in APPS})
CAP = 3


@pytest.fixture
async def counted(client: Client, keys: Keys) -> Client:
    """Some of each, on two days and of two apps."""
    limits = Limits(value_cap=CAP, cell_cap=CAP, retention_days=40_000)
    commits = Commits(client, keys, limits, UtcDay(NOW.timestamp))
    for number, day in enumerate(DAYS, 1):
        batch = Batch("acme", day)
        batch.number = number
        batch.refuse("editor", Reason.INVALID, 5 * number)
        batch.refuse("docs", Reason.BOT, 7)
        if day == TODAY:
            batch.refuse("docs", Reason.STORE_UNAVAILABLE, 11)
            add_overflow(batch)
        await commits.send(batch)
    return client


def add_overflow(batch: Batch) -> None:
    for patch in range(CAP + 2):
        check = Check("acme", "editor", f"1.0.{patch}", "stable", "linux", "amd64", "", "")
        batch.add(Cell(check), b"")
        batch.add_values(
            [
                Value("docs", SPACE, "", "all", 0, False),
                Value("docs", SPACE, "r:", f"site{patch}", CAP, False),
            ],
            b"",
        )


async def test_it_is_told_by_day_app_and_cause(counted: Client, keys: Keys) -> None:
    found = await read_uncounted(counted, keys, "acme", APPS, DAYS)
    assert found.refused == {
        Refused(YESTERDAY, "editor", Reason.INVALID): 5,
        Refused(TODAY, "editor", Reason.INVALID): 10,
        Refused(YESTERDAY, "docs", Reason.BOT): 7,
        Refused(TODAY, "docs", Reason.BOT): 7,
        Refused(TODAY, "docs", Reason.STORE_UNAVAILABLE): 11,
    }
    assert found.overflow == {
        Overflow(TODAY, "editor", CHECKS, "versions"): 2,
        Overflow(TODAY, "editor", CHECKS, "cells"): 2,
        Overflow(TODAY, "docs", PAGES, "referrers"): 2,
    }
    assert found.total == 40


async def test_the_sums_are_those_of_the_reports(counted: Client, keys: Keys) -> None:
    found = await read_uncounted(counted, keys, "acme", APPS, DAYS)
    selection = Selection(DAYS, APPS)
    report = await build_report(counted, keys, ADMIN, selection, NOW)
    pages = await build_page_report(counted, keys, ADMIN, selection, EVERY_VIEW)
    assert found.refused_by(lambda one: one.reason.value) == report["refusals"]
    overflow = found.overflow_by(lambda one: (one.of, one.what))
    for of, said in ((CHECKS, report["overflow"]), (PAGES, pages["overflow"])):
        assert {what: overflow[of, what] for what in said} == said


async def test_only_what_is_asked_for_is_read(counted: Client, keys: Keys) -> None:
    found = await read_uncounted(counted, keys, "acme", ["docs"], [YESTERDAY])
    assert found.refused == {Refused(YESTERDAY, "docs", Reason.BOT): 7}
    assert not found.overflow
    assert not (await read_uncounted(counted, keys, "nobody", APPS, DAYS)).total


async def test_views_are_read_of_each_app(counted: Client, keys: Keys) -> None:
    assert await read_views(counted, keys, "acme", APPS, DAYS) == {"docs": CAP + 2}
    assert await read_views(counted, keys, "acme", APPS, [YESTERDAY]) == {}


def test_each_reason_and_each_cap_has_a_sentence_on_what_to_do() -> None:
    assert REASONS.keys() == set(Reason)
    for advice in REASONS.values():
        assert advice.meaning.endswith("."), advice
        assert advice.remedy.endswith("."), advice
        assert advice.urgency in URGENCY.values()
    for of, dimensions in OVERFLOWED.items():
        assert all(overflow_advice(of, what).endswith(".") for what in dimensions.values())
