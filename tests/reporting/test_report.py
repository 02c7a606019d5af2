"""Every figure of the report, on three stores."""

import datetime as dt
from typing import Any

import pytest

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .ledger import RETENTION_DAYS, TODAY, Ledger, days_ago

NOON = dt.time(12, tzinfo=dt.UTC)


def clients(row: dict[str, Any]) -> tuple[int, ...]:
    names = ("unique_clients", "clients_using_latest_version", "clients_outdated")
    return tuple(row[name] for name in names)


def by(rows: list[dict[str, Any]], name: str) -> dict[str, int]:
    return {row[name]: row["client_count"] for row in rows}


async def test_nothing_counted(ledger: Ledger) -> None:
    report = await ledger.report(range="week")
    assert report["date"] == "2025-06-09"
    assert report["date_range"] == [days_ago(n).isoformat() for n in range(7, -1, -1)]
    assert report["admin"] == "acme"
    assert report["summary"] == {
        "total_requests": 0,
        "unique_clients": 0,
        "clients_using_latest_version": 0,
        "clients_outdated": 0,
        "total_active_apps": 0,
    }
    assert report["versions"] == {"used_versions_count": 0, "known_versions": [], "usage": []}
    assert report["platforms"] == report["architectures"] == report["channels"] == []
    assert [row["date"] for row in report["daily_stats"]] == report["date_range"]
    assert all(row["total_requests"] == 0 and clients(row) == (0, 0, 0) for row in report["daily_stats"])
    assert report["notes"] == []


async def test_devices_are_united_over_days_and_apps(ledger: Ledger) -> None:
    await ledger.count(range(10), day=days_ago(1))
    await ledger.count(range(5, 15))
    await ledger.count(range(12, 18), app="viewer")
    report = await ledger.report(range="week")
    assert report["summary"]["total_requests"] == 26
    assert report["summary"]["unique_clients"] == 18
    assert report["summary"]["total_active_apps"] == 2
    assert [(row["total_requests"], row["unique_clients"]) for row in report["daily_stats"][-2:]] == [
        (10, 10),
        (16, 13),
    ]
    only_editor = await ledger.report(range="week", apps="editor")
    assert (only_editor["summary"]["unique_clients"], only_editor["summary"]["total_active_apps"]) == (15, 1)


async def test_requests_are_not_devices(ledger: Ledger) -> None:
    await ledger.count(["one", "one", "one", None, None])
    report = await ledger.report()
    assert (report["summary"]["total_requests"], report["summary"]["unique_clients"]) == (5, 1)


async def test_values_come_most_devices_first_then_by_name(ledger: Ledger) -> None:
    await ledger.count(range(3), platform="linux", arch="b", channel="one")
    await ledger.count(range(3, 6), platform="darwin", arch="a", channel="two")
    await ledger.count(range(6, 11), platform="windows", arch="", channel="two")
    await ledger.count(range(11, 12), platform="", arch="", channel="")
    report = await ledger.report()
    assert report["platforms"] == [
        {"platform": "windows", "client_count": 5},
        {"platform": "darwin", "client_count": 3},
        {"platform": "linux", "client_count": 3},
    ]
    assert report["architectures"] == [{"arch": "a", "client_count": 3}, {"arch": "b", "client_count": 3}]
    assert report["channels"] == [
        {"channel": "two", "client_count": 8},
        {"channel": "one", "client_count": 3},
    ]


async def test_versions_have_their_own_order(ledger: Ledger) -> None:
    for version in ("0.0.0.10", "0.0.0.2", "1.0", "1.0-beta", "dev"):
        await ledger.count(range(2), version=version)
    await ledger.count(range(3), version="0.0.0.9")
    ledger.publish("2.0")
    ledger.publish("3.0", dt.datetime(2025, 6, 17, tzinfo=dt.UTC))
    versions = (await ledger.report())["versions"]
    assert versions["known_versions"] == ["dev", "0.0.0.2", "0.0.0.9", "0.0.0.10", "1.0-beta", "1.0", "2.0"]
    assert versions["used_versions_count"] == 6
    assert [row["version"] for row in versions["usage"]] == [
        "0.0.0.9",
        "dev",
        "0.0.0.2",
        "0.0.0.10",
        "1.0-beta",
        "1.0",
    ]
    assert versions["usage"][0] == {"version": "0.0.0.9", "client_count": 3}


async def test_a_device_that_updates_is_on_both_versions(ledger: Ledger) -> None:
    await ledger.count(range(4), day=days_ago(1), version="1.0")
    await ledger.count(range(2), version="1.1")
    report = await ledger.report(range="week")
    assert by(report["versions"]["usage"], "version") == {"1.0": 4, "1.1": 2}
    assert report["summary"]["unique_clients"] == 4


class TestLatest:
    async def test_by_the_releases_out_at_the_end_of_each_day(self, ledger: Ledger) -> None:
        ledger.publish("1.0")
        ledger.publish("2.0", dt.datetime.combine(days_ago(1), NOON))
        await ledger.count(range(10), day=days_ago(2), version="1.0")
        await ledger.count(range(6), day=days_ago(1), version="1.0")
        await ledger.count(range(4, 10), day=days_ago(1), version="2.0")
        await ledger.count(range(9), version="2.0")
        await ledger.count(range(9, 10), version="1.0")
        report = await ledger.report(range="week")
        assert [clients(row) for row in report["daily_stats"][-3:]] == [(10, 10, 0), (10, 6, 4), (10, 9, 1)]
        assert clients(report["summary"]) == (10, 10, 0)

    async def test_a_range_is_judged_by_its_end(self, ledger: Ledger) -> None:
        ledger.publish("1.0")
        ledger.publish("2.0", dt.datetime.combine(TODAY, NOON))
        await ledger.count(range(10), day=days_ago(1), version="1.0")
        await ledger.count(range(3), version="2.0")
        yesterday = await ledger.report(date=days_ago(1).isoformat())
        assert clients(yesterday["summary"]) == clients(yesterday["daily_stats"][0]) == (10, 10, 0)
        both = await ledger.report(since=days_ago(1).isoformat(), until=TODAY.isoformat())
        assert clients(both["summary"]) == (10, 3, 7)
        assert [clients(row) for row in both["daily_stats"]] == [(10, 10, 0), (3, 3, 0)]

    async def test_today_is_judged_now(self, ledger: Ledger) -> None:
        ledger.publish("1.0")
        ledger.publish("2.0", dt.datetime.combine(TODAY, NOON))
        await ledger.count(range(10), version="1.0")
        ledger.now = dt.datetime.combine(TODAY, NOON) - dt.timedelta(microseconds=1)
        assert clients((await ledger.report())["summary"]) == (10, 10, 0)
        ledger.now = dt.datetime.combine(TODAY, NOON)
        assert clients((await ledger.report())["summary"]) == (10, 0, 10)

    async def test_a_release_at_midnight_belongs_to_the_day_it_begins(self, ledger: Ledger) -> None:
        ledger.publish("1.0")
        ledger.publish("2.0", dt.datetime.combine(TODAY, dt.time(), dt.UTC))
        await ledger.count(range(10), day=days_ago(1), version="1.0")
        report = await ledger.report(date=days_ago(1).isoformat())
        assert clients(report["summary"]) == (10, 10, 0)

    async def test_each_tuple_has_its_own_latest(self, ledger: Ledger) -> None:
        ledger.publish("1.0", channel="stable")
        ledger.publish("2.0", channel="stable", platform="windows")
        await ledger.count(range(4), version="1.0", platform="linux")
        await ledger.count(range(4, 7), version="1.0", platform="windows")
        await ledger.count(range(7, 12), version="2.0", platform="windows")
        report = await ledger.report()
        assert clients(report["summary"]) == (12, 9, 3)
        assert clients((await ledger.report(platforms="windows"))["summary"]) == (8, 5, 3)

    async def test_above_the_highest_is_latest(self, ledger: Ledger) -> None:
        ledger.publish("1.0")
        await ledger.count(range(4), version="9.9-nightly")
        assert clients((await ledger.report())["summary"]) == (4, 4, 0)

    async def test_reported_states_count_where_nothing_is_published(self, ledger: Ledger) -> None:
        ledger.publish("5.0", app="other")
        ledger.publish("5.0", dt.datetime.combine(TODAY, dt.time(23), dt.UTC))
        await ledger.count(range(3), state="l")
        await ledger.count(range(3, 5), state="o")
        await ledger.count(range(5, 11), state="")
        assert clients((await ledger.report())["summary"]) == (11, 3, 2)

    async def test_latest_and_outdated_add_up_to_known(self, ledger: Ledger) -> None:
        ledger.publish("2.0")
        await ledger.count(range(8), day=days_ago(1), version="1.0")
        await ledger.count(range(6), version="2.0")
        report = await ledger.report(range="week")
        assert clients(report["summary"]) == (8, 6, 2)


class TestFilters:
    @pytest.fixture
    async def mixed(self, ledger: Ledger) -> Ledger:
        ledger.publish("2.0")
        places = [
            (channel, platform, arch)
            for channel in ("stable", "beta")
            for platform in ("linux", "windows", "")
            for arch in ("amd64", "arm64")
        ]
        for number, (channel, platform, arch) in enumerate(places):
            for day in (0, 1):
                first = 10 * number + 5 * day
                await ledger.count(
                    range(first, first + 10),
                    day=days_ago(day),
                    channel=channel,
                    platform=platform,
                    arch=arch,
                    version="2.0" if number % 2 else "1.0",
                )
        return ledger

    async def test_of_one_dimension(self, mixed: Ledger) -> None:
        report = await mixed.report(range="week", platforms="linux")
        assert report["summary"]["total_requests"] == 80
        assert report["platforms"] == [{"platform": "linux", "client_count": 50}]
        assert by(report["channels"], "channel") == {"stable": 25, "beta": 25}
        assert by(report["versions"]["usage"], "version") == {"1.0": 30, "2.0": 30}
        assert clients(report["summary"]) == (50, 30, 20)
        assert [clients(row) for row in report["daily_stats"][-2:]] == [(40, 20, 20), (40, 20, 20)]

    async def test_of_every_dimension(self, mixed: Ledger) -> None:
        report = await mixed.report(
            range="week", channels="beta", platforms="linux,windows", architectures="arm64"
        )
        assert clients(report["summary"]) == (30, 30, 0)
        assert report["channels"] == [{"channel": "beta", "client_count": 30}]
        assert by(report["platforms"], "platform") == {"linux": 15, "windows": 15}
        assert by(report["architectures"], "arch") == {"arm64": 30}
        assert by(report["versions"]["usage"], "version") == {"2.0": 30}

    async def test_that_nothing_matches(self, mixed: Ledger) -> None:
        report = await mixed.report(range="week", channels="nightly")
        assert clients(report["summary"]) == (0, 0, 0)
        assert report["summary"]["total_active_apps"] == 0
        assert report["channels"] == report["versions"]["usage"] == []

    async def test_known_versions_are_those_published_for_the_filter(self, mixed: Ledger) -> None:
        mixed.publish("3.0", channel="nightly")
        mixed.publish("2.5", channel="beta", platform="darwin")
        versions = (await mixed.report(channels="beta"))["versions"]
        assert versions["known_versions"] == ["1.0", "2.0", "2.5"]

    async def test_active_apps_are_those_with_a_match(self, mixed: Ledger) -> None:
        await mixed.count(range(5), app="viewer", platform="darwin")
        assert (await mixed.report(platforms="darwin"))["summary"]["total_active_apps"] == 1
        assert (await mixed.report())["summary"]["total_active_apps"] == 2


async def test_refusals_are_told_by_reason(ledger: Ledger) -> None:
    await ledger.refuse(Reason.NO_DEVICE, 3, day=days_ago(2))
    await ledger.refuse(Reason.NO_DEVICE, 4)
    await ledger.refuse(Reason.BAD_DEVICE, 1, app="viewer")
    report = await ledger.report(range="week")
    assert report["refusals"] == {"bad_device": 1, "no_device": 7}
    assert report["summary"]["total_requests"] == 0
    assert (await ledger.report(apps="editor"))["refusals"] == {"no_device": 4}
    assert any("Refusals" in note for note in (await ledger.report(channels="beta"))["notes"])


async def test_what_went_to_other_is_told_and_listed_last(client: Client, keys: Keys) -> None:
    ledger = Ledger(client, keys, Limits(value_cap=2, retention_days=RETENTION_DAYS))
    ledger.publish("1.1")
    await ledger.count(["a"], version="1.0")
    await ledger.count(["b"], version="1.1")
    await ledger.count(["c", "d", "e"], version="9.9")
    report = await ledger.report()
    assert report["versions"]["known_versions"] == ["1.0", "1.1"]
    assert report["versions"]["used_versions_count"] == 2
    assert [row["version"] for row in report["versions"]["usage"]] == ["1.0", "1.1", "(other)"]
    assert clients(report["summary"]) == (5, 1, 1)
    assert report["overflow"]["versions"] == 3
    assert report["notes"] == [
        "There were more versions than are told apart a day: 3 requests are counted under (other)."
    ]


async def test_other_has_no_version_to_judge_but_its_state(client: Client, keys: Keys) -> None:
    ledger = Ledger(client, keys, Limits(value_cap=1, retention_days=RETENTION_DAYS))
    await ledger.count(["a"], version="1.0", state="o")
    await ledger.count(["b", "c"], version="9.9", state="l")
    assert clients((await ledger.report())["summary"]) == (3, 2, 1)
