"""How fast releases reach the devices."""

import datetime as dt
from typing import Any

import pytest

from telemetry_counter.errors import Forbidden, InvalidInput, NotFound
from telemetry_counter.releases.release import withdraw
from telemetry_counter.reporting.adoption import parse
from telemetry_counter.reporting.adoption_report import Apart, Day, build
from telemetry_counter.reporting.milestones import milestones
from telemetry_counter.reporting.rungs import OLDEST
from telemetry_counter.reporting.selection import Grants, Reach
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.adoption import build_adoption
from telemetry_counter.store.service_days import mark_day

from .ledger import RETENTION_DAYS, TODAY, Ledger, days_ago

REACH = Reach(TODAY, 30)


async def ask(ledger: Ledger, **asked: str) -> dict[str, Any]:
    parameters = {"app": "editor", "channel": "stable", **asked}
    admin = ledger.admin
    question = parse(parameters, REACH, admin.apps)
    return await build_adoption(ledger.client, ledger.keys, admin, question, ledger.now)


def noon(back: int) -> dt.datetime:
    return dt.datetime.combine(days_ago(back), dt.time(12), dt.UTC)


@pytest.fixture
async def released(ledger: Ledger) -> Ledger:
    """2.0 comes out four days ago and reaches 0, 4, 6, 8 and all of ten devices."""
    ledger.publish("1.0")
    ledger.publish("2.0", noon(4))
    for back, updated in ((5, 0), (4, 0), (3, 4), (2, 6), (1, 8), (0, 10)):
        await ledger.count(range(updated), day=days_ago(back), version="2.0")
        await ledger.count(range(updated, 10), day=days_ago(back), version="1.0")
    return ledger


async def test_the_share_of_each_day_since_it_came_out(released: Ledger) -> None:
    newest, oldest = (await ask(released))["releases"]
    assert (newest["version"], newest["withdrawn"]) == ("2.0", False)
    assert newest["published"] == "2025-06-12T12:00:00+00:00"
    assert [(row["day"], row["share"]) for row in newest["days"]] == [
        (0, 0.0),
        (1, 0.4),
        (2, 0.6),
        (3, 0.8),
        (4, 1.0),
    ]
    assert newest["days"][2] == {
        "date": days_ago(2).isoformat(),
        "day": 2,
        "client_count": 6,
        "of": 10,
        "share": 0.6,
    }
    assert oldest["version"] == "1.0"
    assert [row["share"] for row in oldest["days"][-6:]] == [1.0] * 6
    assert [row["share"] for row in oldest["days"][:25]] == [None] * 25


async def test_days_to_each_threshold(released: Ledger) -> None:
    report = await ask(released)
    assert report["releases"][0]["days_to"] == {"50": 2, "80": 3, "95": 4}
    report = await ask(released, date=days_ago(2).isoformat())
    assert report["releases"][0]["days_to"] == {"50": None, "80": None, "95": None}
    assert "2.0 had reached 50 % by 2025-06-14, the first day that is looked at." in report["notes"]


async def test_a_share_that_rounds_to_the_threshold_has_not_reached_it(ledger: Ledger) -> None:
    ledger.publish("2.0", noon(0))
    question = parse({"app": "editor", "range": "today"}, REACH, {"editor"})
    followed = milestones(ledger.admin.apps["editor"].history, question.place, ledger.now)
    for devices, reached in ((9_999, None), (10_000, 0)):
        days = [Day(TODAY, [(devices, 20_000)])]
        report = build("acme", question, followed, days, {OLDEST: 0}, Apart())
        assert report["releases"][0]["days_to"]["50"] == reached


async def test_a_version_is_out_until_the_last_of_its_releases_is_withdrawn(released: Ledger) -> None:
    released.publish("3.0", noon(2), platform="linux")
    released.releases[-1] = withdraw(released.releases[-1], noon(1))
    released.publish("3.0", noon(1), platform="windows")
    everywhere, linux = await ask(released), await ask(released, platform="linux")
    assert (everywhere["releases"][0]["version"], everywhere["releases"][0]["withdrawn"]) == ("3.0", False)
    assert (linux["releases"][0]["version"], linux["releases"][0]["withdrawn"]) == ("3.0", True)


async def test_versions_beyond_the_cap_are_told(ledger: Ledger) -> None:
    ledger.publish("1.0")
    for number in range(203):
        await ledger.count(["early" if number < 200 else "late"], version=f"1.{number}")
    report = await ask(ledger, range="today")
    assert (report["stale_tail"]["older"], report["stale_tail"]["devices"][0]["client_count"]) == (1, 1)
    assert report["notes"][-1] == (
        "There were more versions than are told apart a day: 3 requests are counted under (other), "
        "which is taken for older than all releases."
    )


async def test_cells_beyond_the_cap_are_told(client: Client, keys: Keys) -> None:
    ledger = Ledger(client, keys, Limits(retention_days=RETENTION_DAYS, cell_cap=2))
    ledger.publish("1.0")
    for number in range(5):
        await ledger.count([number], version=f"1.{number}")
    note = "There were more cells than are told apart a day: 3 requests are"
    assert (await ask(ledger, range="today"))["notes"][-1] == f"{note} left out."
    filtered, whole = await ledger.report(channels="stable"), await ledger.report()
    assert filtered["notes"] == [f"{note} counted under (other), which a filter leaves out."]
    assert whole["notes"] == [f"{note} counted under (other)."]


async def test_days_on_which_nothing_counted_are_told(released: Ledger) -> None:
    for back in (8, 6):
        await mark_day(released.client, released.keys, days_ago(back))
    report = await ask(released, **{"from": days_ago(8).isoformat(), "to": days_ago(1).isoformat()})
    assert report["notes"] == [f"Telemetry was off, or the service down, all day on {days_ago(7)}."]


async def test_a_newer_build_counts_for_the_releases_below_it(released: Ledger) -> None:
    await released.count(range(10, 20), version="3.0-nightly")
    report = await ask(released, range="today")
    assert report["releases"][0]["days"][0]["share"] == 1.0
    assert report["stale_tail"]["devices"][0]["client_count"] == 20


async def test_the_stale_tail_goes_by_the_newest_version_of_a_device(released: Ledger) -> None:
    await released.count(range(100, 103), version="0.9")
    await released.count(range(200, 205), day=days_ago(6), version="1.0")
    await released.count(range(300, 309), day=days_ago(7), version="1.0")
    tail = (await ask(released))["stale_tail"]
    assert tail["date_range"] == [days_ago(back).isoformat() for back in range(6, -1, -1)]
    assert tail["devices"] == [
        {"releases_behind": 0, "version": "2.0", "client_count": 10},
        {"releases_behind": 1, "version": "1.0", "client_count": 5},
    ]
    assert tail["older"] == 3


async def test_only_what_the_question_names(released: Ledger) -> None:
    released.publish("9.0-beta", channel="beta")
    released.publish("2.5", platform="windows")
    await released.count(range(50, 60), version="9.0-beta", channel="beta")
    await released.count(range(60, 65), version="2.5", platform="windows")
    everywhere = await ask(released, range="today")
    assert [row["version"] for row in everywhere["releases"]] == ["2.5", "2.0", "1.0"]
    assert everywhere["releases"][0]["days"][0]["share"] == 1.0
    linux = await ask(released, range="today", platform="linux", arch="amd64")
    assert [row["version"] for row in linux["releases"]] == ["2.0", "1.0"]
    assert linux["releases"][0]["days"][0]["of"] == 10


async def test_nothing_published_and_nothing_counted(ledger: Ledger) -> None:
    report = await ask(ledger)
    assert report["releases"] == []
    assert report["stale_tail"]["older"] == 0
    assert report["notes"] == ["Nothing of editor is published for stable."]


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        ({"channel": "stable"}, InvalidInput, "app is missing or empty."),
        ({"app": "editor", "channel": "sta ble"}, InvalidInput, "channel may only hold"),
        ({"app": "nobody", "channel": "stable"}, NotFound, "There is no app nobody."),
        ({"app": "editor", "channel": "stable", "range": "x"}, InvalidInput, "range must be today"),
    ],
)
def test_a_wrong_question(asked: dict[str, str], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        parse(asked, REACH, {"editor"})


@pytest.mark.parametrize("asked", [{}, {"channel": ""}])
def test_without_a_channel_it_is_about_the_default_one(asked: dict[str, str]) -> None:
    assert parse({"app": "editor", **asked}, REACH, {"editor"}).channel == "stable"
    grants = Grants(apps=frozenset({"editor"}))
    with pytest.raises(Forbidden, match="channels by stable"):
        parse({"app": "editor", **asked}, REACH, {"editor"}, grants)


def test_a_team_user_asks_within_the_grants() -> None:
    grants = Grants(apps=frozenset({"editor"}), channels=frozenset({"stable"}))
    assert parse({"app": "editor", "channel": "stable"}, REACH, {"editor"}, grants).channel == "stable"
    with pytest.raises(Forbidden, match="platforms by linux"):
        parse({"app": "editor", "channel": "stable", "platform": "linux"}, REACH, {"editor"}, grants)
