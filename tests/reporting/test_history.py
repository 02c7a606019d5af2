"""Plain figures that outlive their sketches."""

import datetime as dt
from typing import Any

from telemetry_counter.reporting.history import DayRecord, Record
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.store.reading.history import keep_history, write_history
from telemetry_counter.store.service_days import mark_day

from .ledger import TODAY, Ledger, days_ago
from .test_full_report import full_report


async def keep(ledger: Ledger, history_days: int = 400) -> list[dt.date]:
    reach = Reach(ledger.now.date(), 30)
    return await keep_history(ledger.client, ledger.keys, ledger.admin, reach, history_days, ledger.now)


async def forget_days(ledger: Ledger) -> None:
    """As if their retention were over."""
    stem = ledger.keys.admin("acme").stem
    gone = [key async for key in ledger.client.scan_iter(count=1000) if key.decode().startswith(stem + "2")]
    await ledger.client.delete(*gone)


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["date"]: row for row in report["daily_stats"]}


async def test_every_closed_day_is_kept_once(ledger: Ledger) -> None:
    await ledger.count(range(3), day=days_ago(2))
    await mark_day(ledger.client, ledger.keys, days_ago(5))
    assert await keep(ledger) == [days_ago(5), days_ago(2)]
    assert await keep(ledger) == []


async def test_a_day_is_kept_when_it_has_settled(ledger: Ledger) -> None:
    await mark_day(ledger.client, ledger.keys, TODAY)
    await keep(ledger)
    ledger.now = dt.datetime(2025, 6, 17, 0, 29, tzinfo=dt.UTC)
    assert await keep(ledger) == []
    ledger.now += dt.timedelta(minutes=1)
    assert await keep(ledger) == [TODAY]


async def test_a_year_of_days_whose_sketches_are_gone(ledger: Ledger) -> None:
    ledger.publish("2.0")
    await ledger.count(range(5), day=days_ago(3), version="2.0")
    await ledger.count(range(3, 10), day=days_ago(3), version="1.0", app="viewer")
    await keep(ledger)
    await forget_days(ledger)
    ledger.now += dt.timedelta(days=100)
    await ledger.count(range(2), day=ledger.now.date())
    report = await full_report(ledger, range="year")
    assert len(report["date_range"]) == len(report["daily_stats"]) == 366
    assert rows(report)[days_ago(3).isoformat()] == {
        "date": days_ago(3).isoformat(),
        "total_requests": 12,
        "unique_clients": 10,
        "clients_using_latest_version": 5,
        "clients_outdated": 0,
    }
    assert rows(report)[ledger.now.date().isoformat()]["unique_clients"] == 2
    assert report["summary"]["total_requests"] == 14
    assert report["summary"]["unique_clients"] is None
    assert report["versions"]["known_versions"] == ["1.0", "2.0"]
    assert report["versions"]["usage"] == report["platforms"] == []
    assert "cannot be united" in report["notes"][0]


async def test_a_year_of_one_app_and_of_some(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3))
    await ledger.count(range(3, 10), day=days_ago(3), app="viewer")
    await ledger.count(range(1), day=days_ago(3), app="third")
    await keep(ledger)
    await forget_days(ledger)
    ledger.now += dt.timedelta(days=100)
    day = days_ago(3).isoformat()
    assert rows(await full_report(ledger, range="year", apps="viewer"))[day]["unique_clients"] == 7
    some = await full_report(ledger, range="year", apps="viewer,editor")
    assert (rows(some)[day]["total_requests"], rows(some)[day]["unique_clients"]) == (12, None)
    assert any("not for some together" in note for note in some["notes"])


async def test_days_without_figures_are_not_zeros(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3))
    await mark_day(ledger.client, ledger.keys, days_ago(4))
    report = await full_report(ledger, range="year")
    assert rows(report)[TODAY.isoformat()]["total_requests"] == 0
    assert rows(report)[days_ago(5).isoformat()]["total_requests"] is None
    assert rows(report)[days_ago(200).isoformat()]["total_requests"] is None
    assert rows(report)[days_ago(3).isoformat()]["unique_clients"] == 5
    assert rows(report)[days_ago(4).isoformat()]["total_requests"] == 0
    assert "Of 363 days no figures are kept; their rows hold null." in report["notes"]


async def test_an_import_has_its_day_counted_again(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3))
    await keep(ledger)
    await ledger.count(range(5, 7), day=days_ago(3))
    assert await keep(ledger) == [days_ago(3)]
    await forget_days(ledger)
    assert rows(await full_report(ledger, range="year"))[days_ago(3).isoformat()]["unique_clients"] == 7


async def test_an_import_leaves_the_other_apps_as_they_were(ledger: Ledger) -> None:
    ledger.publish("1.0", app="viewer")
    await ledger.count(range(5), day=days_ago(3))
    await ledger.count(range(4), day=days_ago(3), app="viewer")
    await keep(ledger)
    ledger.publish("2.0", dt.datetime.combine(days_ago(5), dt.time(), dt.UTC), app="viewer")
    await ledger.count(range(5, 7), day=days_ago(3))
    assert await keep(ledger) == [days_ago(3)]
    viewer, editor = [
        rows(await full_report(ledger, range="year", apps=app))[days_ago(3).isoformat()]
        for app in ("viewer", "editor")
    ]
    assert (viewer["clients_using_latest_version"], editor["unique_clients"]) == (4, 7)


async def test_what_expired_is_not_taken_for_a_change(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3))
    await keep(ledger)
    await forget_days(ledger)
    assert await keep(ledger) == []
    assert rows(await full_report(ledger, range="year"))[days_ago(3).isoformat()]["unique_clients"] == 5


async def test_a_release_does_not_change_what_is_kept(ledger: Ledger) -> None:
    ledger.publish("1.0")
    await ledger.count(range(5), day=days_ago(3))
    await keep(ledger)
    before = await full_report(ledger, range="year", apps="editor")
    ledger.publish("2.0", dt.datetime.combine(days_ago(5), dt.time(), dt.UTC))
    assert await keep(ledger) == []
    after = await full_report(ledger, range="year", apps="editor")
    assert rows(after)[days_ago(3).isoformat()] == rows(before)[days_ago(3).isoformat()]
    assert rows(after)[days_ago(3).isoformat()]["clients_using_latest_version"] == 5
    assert after["daily_versions"] == before["daily_versions"]


async def test_apps_of_the_whole_year_are_active(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3), app="viewer")
    await keep(ledger)
    await forget_days(ledger)
    ledger.now += dt.timedelta(days=100)
    await ledger.count(range(2), day=ledger.now.date(), app="editor")
    assert (await full_report(ledger, range="year"))["summary"]["total_active_apps"] == 2


async def test_values_that_went_to_other_are_told_of_old_days_too(ledger: Ledger) -> None:
    record = Record(requests=3, unique=3, versions={"1.0": 1, "(other)": 2})
    old = {days_ago(200): DayRecord(every=record, apps={"editor": record})}
    await write_history(ledger.client, ledger.keys.admin("acme"), old)
    notes = (await full_report(ledger, range="year"))["notes"]
    assert "On 1 of the days beyond the retention some values went to (other)." in notes


async def test_what_is_too_old_is_forgotten(ledger: Ledger) -> None:
    await ledger.count(range(5), day=days_ago(3))
    await keep(ledger)
    ledger.now += dt.timedelta(days=100)
    await forget_days(ledger)
    await keep(ledger, history_days=50)
    report = await full_report(ledger, range="year")
    assert rows(report)[days_ago(3).isoformat()]["total_requests"] is None
