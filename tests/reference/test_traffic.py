"""The generated months against what they promise, and the reference's answers against each other."""

import builtins
import io
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import NoReturn

import pytest

from .exact import Reference, Row, Selection, tally, version_order
from .traffic import Month, checks_of, days_until, device_id, month, random_selections

END = date(2026, 3, 31)


@pytest.fixture(scope="module")
def small() -> Month:
    return month(7, end=END, devices_per_day=400)


def seen_by_device(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Each device's rows, in the order of days."""
    seen: dict[int, list[Row]] = {}
    for row in rows:
        for device in row.devices:
            seen.setdefault(device, []).append(row)
    return seen


def test_a_seed_is_a_month() -> None:
    first, again, other = (month(seed, end=END, devices_per_day=50, days=8) for seed in (1, 1, 2))
    assert first == again
    assert first.rows != other.rows
    assert first.days == days_until(END, 8)
    assert {row.day for row in first.rows} == set(first.days)


def test_every_day_sees_about_as_many_devices_as_asked(small: Month) -> None:
    daily = Reference(small.rows, small.releases, small.now).report(Selection(small.days))["daily_stats"]
    assert len(daily) == 31
    assert all(340 < row["unique_clients"] < 460 for row in daily)
    assert all(row["total_requests"] > 1.5 * row["unique_clients"] for row in daily)


def test_devices_come_stay_and_go(small: Month) -> None:
    spans = [(rows[0].day, rows[-1].day) for rows in seen_by_device(small.rows).values()]
    first, last = small.days[3], small.days[-4]
    kinds = Counter((begin > first, end < last) for begin, end in spans)
    assert all(kinds[kind] > 20 for kind in [(False, False), (True, False), (False, True), (True, True)])
    assert sum(begin == end for begin, end in spans) > 100


def test_devices_share_apps_and_change_platform_and_channel(small: Month) -> None:
    seen = seen_by_device(small.rows).values()
    assert sum(len({row.app for row in rows}) > 1 for rows in seen) > 100
    assert sum(len({row.cell.platform for row in rows} - {""}) > 1 for rows in seen) > 3
    by_app = [[row for row in rows if row.app == app] for rows in seen for app in small.apps]
    assert sum(len({row.cell.channel for row in rows} - {""}) > 1 for rows in by_app) > 10
    assert sum(len({row.cell.version for row in rows}) > 1 for rows in by_app) > 300


@pytest.mark.parametrize("dimension", ["channel", "platform", "arch", "state"])
def test_values_are_sometimes_missing(small: Month, dimension: str) -> None:
    missing = sum(row.requests for row in small.rows if getattr(row.cell, dimension) == "")
    assert 0.01 < missing / sum(row.requests for row in small.rows) < 0.1


def test_some_checks_have_no_device(small: Month) -> None:
    assert any(row.requests and not row.devices for row in small.rows)
    assert all(row.requests >= len(row.devices) for row in small.rows)


def test_the_history_has_every_kind_of_release(small: Month) -> None:
    inside = [r for r in small.releases if r.published.date() in small.days]
    assert any(r.required for r in inside)
    assert any(r.withdrawn and r.withdrawn < small.now for r in inside)
    assert sum(r.published.hour == 12 for r in inside) > len(inside) / 2
    by_version = Counter((r.app, r.version, r.channel) for r in inside)
    assert max(by_version.values()) > 2
    assert {r.app for r in small.releases} == set(small.apps) - {"sketchpad"}
    assert {row.cell.state for row in small.rows if row.app == "sketchpad"} == {"latest", "outdated", ""}


def test_a_short_month_has_no_releases_of_the_future() -> None:
    short = month(1, end=END, devices_per_day=20, days=3)
    moments = [moment for r in short.releases for moment in (r.published, r.withdrawn) if moment]
    assert short.days[1] < max(moments).date() <= END
    assert max(moments) <= short.now


def test_about_half_update_by_the_night_of_a_release() -> None:
    big = month(3, end=END, devices_per_day=2000)
    published = next(r.published for r in big.releases if r.app == "editor" and r.version == "2.2.0").date()
    reference = Reference(big.rows, big.releases, big.now)
    around = tuple(published + timedelta(days=offset) for offset in (-1, 0, 4))
    daily = reference.report(Selection(around, apps=frozenset({"editor"})))["daily_stats"]
    shares = [row["clients_using_latest_version"] / row["unique_clients"] for row in daily]
    assert 0.35 < shares[1] < 0.55
    assert shares[1] + 0.15 < shares[2] < shares[0]


def test_a_required_version_is_not_skipped(small: Month) -> None:
    required = next(r for r in small.releases if r.required)
    passed = stopped = 0
    for rows in seen_by_device(row for row in small.rows if row.app == required.app).values():
        versions = sorted({row.cell.version for row in rows}, key=version_order)
        below, above = version_order(versions[0]), version_order(versions[-1])
        if below < version_order(required.version) < above < version_order("9.0.0"):
            passed += 1
            stopped += required.version in versions
    assert passed > 30
    assert stopped > 0.9 * passed


def test_versions_hardly_ever_go_back(small: Month) -> None:
    steps = Counter(
        version_order(before.cell.version) <= version_order(after.cell.version)
        for rows in seen_by_device(row for row in small.rows if row.app == "editor").values()
        for before, after in pairwise(rows)
        if before.day < after.day
    )
    assert steps[True] > 1000
    assert steps[False] < 0.01 * steps[True]


def test_an_app_and_day_stays_below_the_cap_of_cells(small: Month) -> None:
    assert max(Counter((row.app, row.day) for row in small.rows).values()) < 1000


def test_single_checks_give_the_figures_of_their_rows() -> None:
    few = month(5, end=END, devices_per_day=40, days=8)
    checks = [one for row in few.rows for one in checks_of(row)]
    assert all(one.at.date() == one.day for one in checks)
    from_rows = Reference(few.rows, few.releases, few.now).report(Selection(few.days))
    from_checks = Reference(tally(checks), few.releases, few.now).report(Selection(few.days))
    assert from_checks == from_rows
    assert from_rows["summary"]["total_requests"] == len(checks)


def test_device_ids_are_stable_and_look_random() -> None:
    ids = [device_id(number) for number in range(1000)]
    assert len(set(ids)) == 1000
    assert {uuid.UUID(one).version for one in ids} == {4}
    assert device_id(1) == device_id(1) == str(uuid.UUID(device_id(1)))


NAMED_RANGES = {"today": 1, "week": 8, "month": 31}


def asked_days(parameters: dict[str, str]) -> tuple[date, ...]:
    """The dates that those parameters ask for when today is END."""
    if "date" in parameters:
        return (date.fromisoformat(parameters["date"]),)
    if "from" in parameters:
        first, last = (date.fromisoformat(parameters[name]) for name in ("from", "to"))
        return days_until(last, (last - first).days + 1)
    return days_until(END, NAMED_RANGES[parameters.get("range", "today")])


def asked_values(parameters: dict[str, str], name: str) -> frozenset[str] | None:
    return frozenset(parameters[name].split(",")) if name in parameters else None


def test_parameters_ask_for_their_selection(small: Month) -> None:
    for selection, parameters in random_selections(small, Random(1), 300):
        names = ("apps", "channels", "platforms", "architectures")
        assert selection == Selection(
            asked_days(parameters), *(asked_values(parameters, name) for name in names)
        )
        assert not parameters.keys() - {"range", "date", "from", "to", *names}
        assert selection.apps is None or selection.apps <= set(small.apps)
        assert END - timedelta(days=30) <= selection.days[0] <= selection.days[-1] <= END


def test_selections_are_of_every_kind(small: Month) -> None:
    asked = [parameters for _, parameters in random_selections(small, Random(2), 300)]
    assert {parameters.get("range") for parameters in asked} == {None, "today", "week", "month"}
    for name in ("date", "from", "apps", "channels", "platforms", "architectures"):
        assert 10 < sum(name in parameters for parameters in asked) < 290
    lists = [parameters[name].split(",") for parameters in asked for name in parameters if name == "apps"]
    assert {len(apps) for apps in lists} == {1, 2, 3, 4}
    occurring = {row.cell.platform for row in small.rows}
    platforms = [set(p["platforms"].split(",")) for p in asked if "platforms" in p]
    assert any(values <= occurring for values in platforms)
    assert any(values - occurring for values in platforms)
    assert sum(len(p) > 3 for p in asked) > 10


def test_figures_of_any_selection_agree_with_each_other(small: Month) -> None:
    reference = Reference(small.rows, small.releases, small.now)
    for selection, _ in random_selections(small, Random(3), 60):
        answer = reference.report(selection)
        summary, daily = answer["summary"], answer["daily_stats"]
        devices = summary["unique_clients"]
        by_day = [row["unique_clients"] for row in daily]
        assert summary["total_requests"] == sum(row["total_requests"] for row in daily)
        assert max(by_day) <= devices <= sum(by_day)
        assert summary["clients_using_latest_version"] + summary["clients_outdated"] <= devices
        assert (summary["total_requests"] > 0) == (summary["total_active_apps"] > 0)
        assert set(answer["versions"]["usage"]) <= set(answer["versions"]["known_versions"])


def test_a_listed_value_has_the_devices_its_filter_gives(small: Month) -> None:
    reference = Reference(small.rows, small.releases, small.now)
    days = small.days[-8:]
    for row in reference.report(Selection(days))["platforms"]:
        alone = reference.report(Selection(days, platforms=frozenset({row["platform"]})))
        assert alone["summary"]["unique_clients"] == row["client_count"]
        assert alone["platforms"] == [row]


def test_nothing_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **keywords: object) -> NoReturn:
        raise AssertionError(f"opened {arguments}")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    few = month(1, end=END, devices_per_day=20, days=2)
    assert Reference(few.rows, few.releases, few.now).report(Selection(few.days))["platforms"]
