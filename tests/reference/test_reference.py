"""The reference against figures worked out by hand."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from .exact import Check, PublishedRelease, Reference, Selection, tally

MON, TUE, WED = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)
LONG_BEFORE, LONG_AFTER = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def check(
    day: date,
    device: str | None,
    version: str,
    *,
    app: str = "editor",
    channel: str = "stable",
    platform: str = "linux",
    arch: str = "amd64",
    state: str = "",
) -> Check:
    return Check(day, at(day, 9), app, channel, platform, arch, version, state, device)


def release(
    version: str,
    published: datetime = LONG_BEFORE,
    *,
    app: str = "editor",
    channel: str = "",
    platform: str = "",
    arch: str = "",
    withdrawn: datetime | None = None,
) -> PublishedRelease:
    return PublishedRelease(app, version, channel, platform, arch, published, withdrawn)


def report(
    checks: Iterable[Check],
    releases: Iterable[PublishedRelease] = (),
    days: tuple[date, ...] = (MON,),
    now: datetime = LONG_AFTER,
    **filters: frozenset[str],
) -> dict[str, Any]:
    return Reference(tally(checks), releases, now).report(Selection(days, **filters))


def figures(row: dict[str, Any]) -> tuple[int, int, int, int]:
    """Requests, devices, latest, outdated."""
    return (
        row["total_requests"],
        row["unique_clients"],
        row["clients_using_latest_version"],
        row["clients_outdated"],
    )


def of_summary(*arguments: Any, **keywords: Any) -> tuple[int, int, int, int]:
    return figures(report(*arguments, **keywords)["summary"])


# A release on Tuesday at noon: all four had asked that morning, two update by night, one on Wednesday.
RELEASES = (release("1.0.0"), release("1.1.0", at(TUE, 12)))
RELEASE_WEEK = (
    *(check(MON, device, "1.0.0") for device in "abcd"),
    *(check(TUE, device, "1.0.0", state="latest") for device in "abcd"),
    *(check(TUE, device, "1.1.0") for device in "ab"),
    *(check(WED, device, "1.1.0") for device in "abc"),
)


def test_release_day() -> None:
    rows = report(RELEASE_WEEK, RELEASES, (MON, TUE, WED))["daily_stats"]
    assert [row["date"] for row in rows] == ["2026-03-09", "2026-03-10", "2026-03-11"]
    assert [figures(row) for row in rows] == [(4, 4, 4, 0), (6, 4, 2, 2), (3, 3, 3, 0)]


def test_a_range_is_judged_by_the_releases_at_its_end() -> None:
    assert of_summary(RELEASE_WEEK, RELEASES, (MON, TUE, WED)) == (13, 4, 3, 1)
    assert of_summary(RELEASE_WEEK, RELEASES, (MON, TUE)) == (10, 4, 2, 2)
    assert of_summary(RELEASE_WEEK, RELEASES, (MON,)) == (4, 4, 4, 0)


def test_a_device_that_updates_is_seen_on_both_versions() -> None:
    versions = report(RELEASE_WEEK, RELEASES, (MON, TUE, WED))["versions"]
    assert versions == {
        "used_versions_count": 2,
        "known_versions": ["1.0.0", "1.1.0"],
        "usage": {"1.0.0": 4, "1.1.0": 3},
    }


@pytest.mark.parametrize(("hour", "expected"), [(11, (1, 1, 1, 0)), (12, (1, 1, 0, 1))])
def test_today_is_judged_by_now(hour: int, expected: tuple[int, ...]) -> None:
    assert of_summary([check(TUE, "a", "1.0.0")], RELEASES, (TUE,), now=at(TUE, hour)) == expected


@pytest.mark.parametrize(
    ("published", "expected"),
    [(at(TUE, 0) - timedelta(microseconds=1), (1, 1, 0, 1)), (at(TUE, 0), (1, 1, 1, 0))],
)
def test_a_day_ends_at_midnight(published: datetime, expected: tuple[int, ...]) -> None:
    releases = [release("1.0.0"), release("1.1.0", published)]
    assert of_summary([check(MON, "a", "1.0.0")], releases) == expected


def test_a_withdrawn_release_counts_until_the_day_it_is_withdrawn() -> None:
    releases = [release("1.0.0"), release("1.1.0", at(MON, 12), withdrawn=at(TUE, 15))]
    checks = [check(day, *seen) for day in (MON, TUE) for seen in (("a", "1.0.0"), ("b", "1.1.0"))]
    both = report(checks, releases, (MON, TUE))
    assert [figures(row) for row in both["daily_stats"]] == [(2, 2, 1, 1), (2, 2, 2, 0)]
    assert figures(both["summary"]) == (4, 2, 2, 0)
    assert of_summary(checks, releases, (MON,)) == (2, 2, 1, 1)


@pytest.mark.parametrize(("hour", "expected"), [(14, (1, 1, 0, 1)), (15, (1, 1, 1, 0))])
def test_a_release_withdrawn_today_counts_until_then(hour: int, expected: tuple[int, ...]) -> None:
    releases = [release("1.0.0"), release("1.1.0", withdrawn=at(TUE, 15))]
    assert of_summary([check(TUE, "a", "1.0.0")], releases, (TUE,), now=at(TUE, hour)) == expected


def test_known_versions_are_those_seen_and_those_published_in_version_order() -> None:
    releases = [
        release("0.0.0.10"),
        release("1.0.0-beta.2", channel="beta"),
        release("2.0.0", at(TUE)),
        release("0.5.0", withdrawn=at(MON, 9)),
        release("7.0.0", app="player"),
    ]
    checks = [check(MON, "a", "0.0.0.2"), check(MON, "a", "1.0.0")]
    ordered = ["0.0.0.2", "0.0.0.10", "1.0.0-beta.2", "1.0.0"]
    assert report(checks, releases)["versions"]["known_versions"] == [*ordered, "7.0.0"]
    editor = report(checks, releases, apps=frozenset({"editor"}))["versions"]
    assert editor["known_versions"] == ordered
    assert editor["used_versions_count"] == 2
    stable = report(checks, releases, apps=frozenset({"editor"}), channels=frozenset({"stable"}))
    assert stable["versions"]["known_versions"] == ["0.0.0.2", "0.0.0.10", "1.0.0"]


def test_without_releases_the_reported_state_is_used_and_unknown_is_neither() -> None:
    checks = [
        check(MON, "a", "3.0.0", state="latest"),
        check(MON, "b", "3.0.0", state="outdated"),
        check(MON, "c", "3.0.0"),
        check(MON, "d", "2.0.0", state="outdated"),
        check(MON, "d", "3.0.0", state="latest"),
    ]
    assert of_summary(checks) == (5, 4, 2, 1)
    assert of_summary(checks, [release("9.0.0", app="player"), release("9.0.0", at(TUE))]) == (5, 4, 2, 1)
    assert of_summary(checks, [release("2.5.0")]) == (5, 4, 4, 0)


@pytest.mark.parametrize(
    ("released_for", "asked_by", "judged"),
    [
        ({}, {}, True),
        ({}, {"channel": "", "platform": "", "arch": ""}, True),
        ({"channel": "beta"}, {}, False),
        ({"channel": "beta"}, {"channel": "beta"}, True),
        ({"channel": "stable"}, {"channel": ""}, True),
        ({"channel": "beta"}, {"channel": ""}, False),
        ({"platform": "darwin"}, {}, False),
        ({"platform": "darwin"}, {"platform": ""}, True),
        ({"platform": "linux"}, {}, True),
        ({"platform": "linux", "arch": "arm64"}, {}, False),
        ({"platform": "linux", "arch": "arm64"}, {"arch": ""}, True),
        ({"platform": "linux", "arch": "arm64"}, {"platform": "", "arch": "arm64"}, True),
        ({"app": "player"}, {}, False),
    ],
)
def test_which_release_judges_which_check(
    released_for: dict[str, Any], asked_by: dict[str, Any], judged: bool
) -> None:
    checks = [check(MON, "a", "1.0.0", state="latest", **asked_by)]
    expected = (1, 1, 0, 1) if judged else (1, 1, 1, 0)
    assert of_summary(checks, [release("1.1.0", **released_for)]) == expected


def test_the_highest_release_that_fits_decides() -> None:
    releases = [release("2.0.0"), release("2.1.0", platform="linux"), release("1.9.0", at(MON))]
    checks = [
        check(MON, "a", "2.0.0", platform="linux"),
        check(MON, "b", "2.0.0", platform="windows"),
        check(MON, "c", "2.0.0", platform=""),
        check(MON, "d", "2.2.0", platform="linux"),
    ]
    assert of_summary(checks, releases) == (4, 4, 2, 2)


MIXED = (
    check(MON, "a", "1.0.0", channel="stable", platform="linux", arch="amd64"),
    check(MON, "a", "1.1.0", channel="beta", platform="darwin", arch="arm64", app="player"),
    check(MON, "b", "1.0.0", channel="stable", platform="", arch="amd64"),
    check(MON, "c", "1.0.0", channel="", platform="linux", arch=""),
    check(MON, None, "1.0.0", channel="nightly", platform="linux", arch="arm64"),
)


@pytest.mark.parametrize(
    ("filters", "requests", "devices", "apps"),
    [
        ({}, 5, 3, 2),
        ({"platforms": {"linux"}}, 3, 2, 1),
        ({"platforms": {"linux", "darwin"}}, 4, 2, 2),
        ({"platforms": {"linux"}, "channels": {"stable"}}, 1, 1, 1),
        ({"channels": {"stable", "nightly"}}, 3, 2, 1),
        ({"architectures": {"arm64"}}, 2, 1, 2),
        ({"architectures": {"sparc"}}, 0, 0, 0),
        ({"apps": {"player"}}, 1, 1, 1),
        ({"apps": {"player", "editor"}}, 5, 3, 2),
        ({"apps": {"player"}, "platforms": {"linux"}}, 0, 0, 0),
    ],
)
def test_filters(filters: dict[str, set[str]], requests: int, devices: int, apps: int) -> None:
    wanted: dict[str, Any] = {name: frozenset(values) for name, values in filters.items()}
    answer = report(MIXED, **wanted)
    assert figures(answer["summary"]) == (requests, devices, 0, 0)
    assert figures(answer["daily_stats"][0]) == (requests, devices, 0, 0)
    assert answer["summary"]["total_active_apps"] == apps


def test_lists_go_by_devices_then_by_name_and_leave_out_what_is_unstated() -> None:
    answer = report(MIXED)
    assert answer["platforms"] == [
        {"platform": "linux", "client_count": 2},
        {"platform": "darwin", "client_count": 1},
    ]
    assert answer["architectures"] == [
        {"arch": "amd64", "client_count": 2},
        {"arch": "arm64", "client_count": 1},
    ]
    assert answer["channels"] == [
        {"channel": "stable", "client_count": 2},
        {"channel": "beta", "client_count": 1},
        {"channel": "nightly", "client_count": 0},
    ]


def test_equal_counts_go_by_name() -> None:
    checks = [check(MON, "a", "1.0.0", channel=channel) for channel in ("nightly", "alpha", "beta")]
    assert [row["channel"] for row in report(checks)["channels"]] == ["alpha", "beta", "nightly"]


def test_a_report_of_nothing_is_whole() -> None:
    nothing = {
        "total_requests": 0,
        "unique_clients": 0,
        "clients_using_latest_version": 0,
        "clients_outdated": 0,
    }
    assert report([], days=(MON, TUE)) == {
        "date": "2026-03-09",
        "date_range": ["2026-03-09", "2026-03-10"],
        "admin": "acme",
        "summary": {**nothing, "total_active_apps": 0},
        "versions": {"used_versions_count": 0, "known_versions": [], "usage": {}},
        "platforms": [],
        "architectures": [],
        "channels": [],
        "daily_stats": [{"date": "2026-03-09", **nothing}, {"date": "2026-03-10", **nothing}],
    }
