"""Closed days are rolled up once, and yet a report is never out of date."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.reading import rollups

from .ledger import NOW, TODAY, Ledger, days_ago


async def rolled_keys(ledger: Ledger) -> list[str]:
    begin = ledger.keys.admin("acme").stem + "roll"
    keys = [key.decode() async for key in ledger.client.scan_iter(count=1000)]
    return sorted(key for key in keys if key.startswith(begin))


def figures(report: dict[str, Any]) -> tuple[int, ...]:
    summary = report["summary"]
    return (
        summary["total_requests"],
        summary["unique_clients"],
        summary["clients_using_latest_version"],
        summary["clients_outdated"],
    )


@pytest.fixture
async def month(ledger: Ledger) -> Ledger:
    """Two new devices a day for 31 days; each is seen on two."""
    ledger.publish("1.0")
    ledger.publish("2.0", dt.datetime.combine(days_ago(10), dt.time(12), dt.UTC))
    for back in range(31):
        version = "2.0" if back < 10 else "1.0"
        await ledger.count(range(2 * back, 2 * back + 4), day=days_ago(back), version=version)
    return ledger


async def test_a_month_twice_is_the_same_month(month: Ledger) -> None:
    first = await month.report(range="month")
    assert figures(first) == (124, 64, 22, 42)
    kept = await rolled_keys(month)
    assert await month.report(range="month") == first
    assert await rolled_keys(month) == kept


async def test_what_is_counted_today_is_in_the_next_report(month: Ledger) -> None:
    await month.report(range="month")
    await month.count(["new", 5], version="3.0", platform="plan9")
    report = await month.report(range="month")
    assert figures(report) == (126, 65, 23, 42)
    assert {"version": "3.0", "client_count": 2} in report["versions"]["usage"]
    assert {"platform": "plan9", "client_count": 2} in report["platforms"]


@pytest.mark.parametrize("asked", [{"range": "week"}, {"date": "2025-06-14"}, {"apps": "editor"}])
async def test_an_import_into_a_closed_day_is_in_the_next_report(
    month: Ledger, asked: dict[str, str]
) -> None:
    asked = {"range": "week", **asked} if "apps" in asked else asked
    before = await month.report(**asked)
    await month.count(["late one", "late two", 5], day=days_ago(2), version="2.0")
    after = await month.report(**asked)
    assert figures(after)[0] == figures(before)[0] + 3
    assert figures(after)[1] == figures(before)[1] + 2


async def test_a_late_hit_of_a_worker_whose_clock_is_behind(month: Ledger) -> None:
    before = await month.report(range="week")
    month.now = NOW - dt.timedelta(days=1)
    await month.count(["late"], day=days_ago(1))
    month.now = NOW
    after = await month.report(range="week")
    assert figures(after)[:2] == (figures(before)[0] + 1, figures(before)[1] + 1)


async def test_a_late_refusal_is_in_the_next_report(month: Ledger) -> None:
    assert (await month.report(range="week"))["refusals"] == {}
    await month.refuse(Reason.BAD_DEVICE, 2, day=days_ago(3))
    assert (await month.report(range="week"))["refusals"] == {"bad_device": 2}


async def test_a_release_changes_the_closed_days_it_was_out_on(month: Ledger) -> None:
    asked = {"since": days_ago(3).isoformat(), "until": days_ago(1).isoformat()}
    before = await month.report(**asked)
    assert [row["clients_outdated"] for row in before["daily_stats"]] == [0, 0, 0]
    month.publish("3.0", dt.datetime.combine(days_ago(2), dt.time(12), dt.UTC))
    after = await month.report(**asked)
    assert [row["clients_outdated"] for row in after["daily_stats"]] == [0, 4, 4]


async def test_a_release_told_of_late(month: Ledger) -> None:
    assert figures(await month.report(range="week"))[2:] == (18, 0)
    month.publish("2.1", dt.datetime.combine(days_ago(20), dt.time(12), dt.UTC))
    assert figures(await month.report(range="week"))[2:] == (0, 18)


async def test_the_same_closed_days_with_and_without_today(month: Ledger) -> None:
    since = days_ago(7).isoformat()
    without = await month.report(since=since, until=days_ago(1).isoformat())
    with_today = await month.report(since=since, until=TODAY.isoformat())
    assert (figures(without)[:2], figures(with_today)[:2]) == ((28, 16), (32, 18))
    assert await month.report(since=since, until=days_ago(1).isoformat()) == without


async def test_a_scheduled_release_comes_out_by_itself(month: Ledger) -> None:
    month.publish("3.0", NOW + dt.timedelta(hours=1))
    assert figures(await month.report(range="week"))[2:] == (18, 0)
    month.now = NOW + dt.timedelta(hours=1)
    assert figures(await month.report(range="week"))[2:] == (0, 18)


async def test_the_next_day_has_its_own(month: Ledger) -> None:
    await month.report(range="week")
    month.now = NOW + dt.timedelta(days=1)
    report = await month.report(range="week")
    assert report["date"] == days_ago(6).isoformat()
    assert figures(report)[:2] == (28, 16)


async def test_filters_and_apps_do_not_mix(month: Ledger) -> None:
    await month.count(range(1000, 1007), day=days_ago(1), app="viewer", channel="beta", platform="darwin")
    questions = [
        {},
        {"apps": "viewer"},
        {"channels": "beta"},
        {"platforms": "beta"},
        {"platforms": "darwin,linux"},
        {"architectures": "amd64", "channels": "stable"},
    ]
    expected = [(39, 25), (7, 7), (7, 7), (0, 0), (39, 25), (32, 18)]
    for _ in range(2):
        got = [figures(await month.report(range="week", **asked))[:2] for asked in questions]
        assert got == expected


async def test_a_sketch_that_is_gone_is_rolled_up_again(month: Ledger) -> None:
    before = await month.report(range="month")
    gone = [key for key in await rolled_keys(month) if key.endswith((":all", ":v:1.0"))]
    assert len(gone) == 2
    await month.client.delete(*gone)
    assert await month.report(range="month") == before
    assert set(gone) <= set(await rolled_keys(month))


async def test_a_worker_that_died_half_way_leaves_nothing_wrong(month: Ledger) -> None:
    before = await month.report(range="month")
    whole = [key for key in await rolled_keys(month) if key.count(":") == 3]
    await month.client.delete(*whole)
    assert await month.report(range="month") == before


async def test_everything_rolled_up_expires(month: Ledger) -> None:
    await month.report(range="month")
    await month.report(date=days_ago(1).isoformat())
    lives = [await month.client.ttl(key) for key in await rolled_keys(month)]
    assert lives
    assert all(0 < seconds <= 3 * 86_400 for seconds in lives)


async def test_no_sketch_is_copied_where_no_day_can_be_added(month: Ledger) -> None:
    await month.report(since=days_ago(20).isoformat(), until=days_ago(1).isoformat())
    assert len(await rolled_keys(month)) == 2


async def test_few_sketches_are_read_where_they_are(month: Ledger) -> None:
    await month.report(since=days_ago(rollups.FEW_SKETCHES).isoformat(), until=TODAY.isoformat())
    assert len(await rolled_keys(month)) == 2
    await month.report(since=days_ago(rollups.FEW_SKETCHES + 1).isoformat(), until=TODAY.isoformat())
    assert len(await rolled_keys(month)) > 3


async def test_the_oldest_make_room(month: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "MAX_SKETCHES", 30)
    asked = [{"since": days_ago(back).isoformat(), "until": TODAY.isoformat()} for back in range(10, 20)]
    reports = []
    for number, question in enumerate(asked):
        month.now = NOW + dt.timedelta(seconds=number)
        reports.append(await month.report(**question))
        assert len(await rolled_keys(month)) <= 31
    assert [await month.report(**question) for question in asked] == reports


async def test_workers_that_roll_up_the_same_at_once(month: Ledger, store_url: str) -> None:
    clients = [open_client(store_url) if store_url else month.client for _ in range(6)]
    workers = [Ledger(client, month.keys) for client in clients]
    for worker in workers:
        worker.apps, worker.releases = month.apps, month.releases
    reports = await asyncio.gather(*(worker.report(range="month") for worker in workers))
    assert all(report == reports[0] for report in reports)
    assert figures(reports[0]) == (124, 64, 22, 42)
    for client in clients:
        if client is not month.client:
            await client.aclose()


async def test_reports_while_an_import_runs(month: Ledger) -> None:
    async def import_lines() -> None:
        for number in range(40):
            await month.count([f"imported {number}"], day=days_ago(1 + number % 7), version="2.0")

    async def ask() -> list[int]:
        return [figures(await month.report(range="month"))[0] for _ in range(8)]

    _, seen = await asyncio.gather(import_lines(), ask())
    assert seen == sorted(seen)
    assert figures(await month.report(range="month")) == (164, 104, 62, 42)


async def test_a_store_that_takes_no_more_still_answers(month: Ledger, store_url: str) -> None:
    if not store_url or "cluster" in store_url:
        pytest.skip("the fake store has no limit, and a cluster has one for each node")
    direct = await month.report(range="week")
    client: Any = month.client
    await client.delete(*await rolled_keys(month))
    await client.execute_command("CONFIG", "SET", "maxmemory", "1")
    try:
        assert await month.report(range="week") == direct
        assert await rolled_keys(month) == []
    finally:
        await client.execute_command("CONFIG", "SET", "maxmemory", "0")
