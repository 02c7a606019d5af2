"""What may be asked beside the figures of a report."""

import datetime as dt
from typing import Any

import pytest

from telemetry_counter.reporting.extras import NOT_OVER, parse_extras
from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.store.reading.full_reports import build_full_report
from telemetry_counter.store.service_days import mark_day

from .ledger import TODAY, Ledger, days_ago


async def full_report(ledger: Ledger, **asked: str) -> dict[str, Any]:
    names = {"since": "from", "until": "to"}
    parameters = {names.get(name, name): value for name, value in asked.items()}
    admin, reach = ledger.admin, Reach(ledger.now.date(), 30)
    selection = parse_selection(parameters, reach, admin.apps, with_year=True)
    extras = parse_extras(parameters)
    return await build_full_report(ledger.client, ledger.keys, admin, selection, ledger.now, reach, extras)


async def test_nothing_more_than_asked(ledger: Ledger) -> None:
    await ledger.count(range(3))
    assert await full_report(ledger, range="week") == await ledger.report(range="week")


async def test_compare_with_the_days_before(ledger: Ledger) -> None:
    await ledger.count(range(4), day=days_ago(9))
    await ledger.count(range(6), day=days_ago(1))
    report = await full_report(ledger, range="week", compare="previous")
    assert report["previous"]["date_range"] == [days_ago(n).isoformat() for n in range(15, 7, -1)]
    assert report["previous"]["summary"]["unique_clients"] == 4
    assert report["change"]["unique_clients"] == {"absolute": 2, "percent": 50.0}
    assert report["change"]["clients_outdated"] == {"absolute": 0, "percent": None}
    assert report["notes"] == [NOT_OVER]


@pytest.mark.parametrize(
    ("asked", "is_said"),
    [
        ({"range": "today"}, True),
        ({"date": TODAY.isoformat()}, True),
        ({"since": days_ago(3).isoformat(), "until": TODAY.isoformat()}, True),
        ({"date": days_ago(1).isoformat()}, False),
        ({"since": days_ago(3).isoformat(), "until": days_ago(1).isoformat()}, False),
    ],
)
async def test_a_comparison_says_that_today_is_not_over(
    ledger: Ledger, asked: dict[str, str], is_said: bool
) -> None:
    await ledger.count(range(3), day=days_ago(1))
    assert (NOT_OVER in (await full_report(ledger, **asked, compare="previous"))["notes"]) is is_said
    assert NOT_OVER not in (await full_report(ledger, **asked))["notes"]


async def test_nothing_to_compare_with(ledger: Ledger) -> None:
    report = await full_report(ledger, range="month", compare="previous")
    assert (report["previous"], report["change"]) == (None, None)
    assert report["notes"] == [
        "There is nothing to compare with: the days before begin on 2025-04-16, "
        "and only those from 2025-05-17 on are still kept."
    ]


async def test_active_devices(ledger: Ledger) -> None:
    for back in range(31):
        await ledger.count([back], day=days_ago(back))
        await ledger.count(["everyday"], day=days_ago(back), app="viewer", channel="beta")
    rows = (await full_report(ledger, range="month", include="active"))["active_devices"]
    assert rows[-1] == {"date": TODAY.isoformat(), "daily": 2, "weekly": 8, "monthly": 31}
    assert rows[-2]["monthly"] == 31
    assert rows[-3]["monthly"] is None
    assert rows[6]["weekly"] == 8
    assert rows[5]["weekly"] is None
    assert rows[0]["daily"] == 2


async def test_active_devices_that_reach_back_too_far_are_told(ledger: Ledger) -> None:
    assert (await full_report(ledger, include="active"))["notes"] == []
    (note,) = (await full_report(ledger, range="week", include="active"))["notes"]
    assert note.startswith("Weeks and months that begin before 2025-05-17")


async def test_active_devices_of_a_filter(ledger: Ledger) -> None:
    for back in range(7):
        await ledger.count([back], day=days_ago(back))
        await ledger.count(["everyday"], day=days_ago(back), channel="beta")
    report = await full_report(ledger, channels="beta", include="active")
    assert report["active_devices"] == [{"date": TODAY.isoformat(), "daily": 1, "weekly": 1, "monthly": 1}]


async def test_a_day_on_which_nothing_counted_is_told(ledger: Ledger) -> None:
    for back in (6, 4, 2):
        await mark_day(ledger.client, ledger.keys, days_ago(back))
    await ledger.count(range(3), day=days_ago(3))
    report = await full_report(ledger, since=days_ago(7).isoformat(), until=days_ago(1).isoformat())
    assert report["notes"] == [
        f"The service began to count on {days_ago(6)}; of days before it shows only what was imported.",
        f"Telemetry was off, or the service down, all day on {days_ago(5)}, {days_ago(1)}.",
    ]


async def test_a_day_that_lasts_is_not_told_as_over(ledger: Ledger) -> None:
    await mark_day(ledger.client, ledger.keys, days_ago(1))
    assert (await full_report(ledger))["notes"] == [f"No service has counted yet on {TODAY}."]
    ledger.now = dt.datetime.combine(TODAY, dt.time(0, 0, 30), dt.UTC)
    assert (await full_report(ledger))["notes"] == []


async def test_a_clock_that_ran_ahead_says_nothing_of_the_days_before(ledger: Ledger) -> None:
    await mark_day(ledger.client, ledger.keys, TODAY + dt.timedelta(days=9))
    assert (await full_report(ledger, range="week"))["notes"] == []
    await mark_day(ledger.client, ledger.keys, days_ago(1))
    (began, today) = (await full_report(ledger, range="week"))["notes"]
    assert began.startswith(f"The service began to count on {days_ago(1)};")
    assert today == f"No service has counted yet on {TODAY}."


async def test_what_the_days_before_cannot_tell_is_told_too(ledger: Ledger) -> None:
    for back in (3, 1, 0):
        await mark_day(ledger.client, ledger.keys, days_ago(back))
    report = await full_report(
        ledger, since=days_ago(1).isoformat(), until=TODAY.isoformat(), compare="previous"
    )
    assert report["notes"] == [
        NOT_OVER,
        f"The days before: Telemetry was off, or the service down, all day on {days_ago(2)}.",
    ]


async def test_nothing_is_told_before_any_day_was_marked(ledger: Ledger) -> None:
    assert (await full_report(ledger, range="week"))["notes"] == []
