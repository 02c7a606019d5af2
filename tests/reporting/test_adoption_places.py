"""How fast releases reach the devices that they are for, where they are not for all."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
import pytest

from telemetry_counter.openapi.report_shapes import Adoption, ReleasePlace
from telemetry_counter.releases.offers import Request
from telemetry_counter.releases.release import Release, release_from_input, withdraw
from telemetry_counter.releases.versions import version_key
from telemetry_counter.reporting.adoption import parse
from telemetry_counter.reporting.milestones import MAX_RELEASES, Milestone, milestones
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.store.reading.adoption import build_adoption
from telemetry_counter.store.reading.unions import Parts, Question, Union

from .ledger import TODAY, Ledger, days_ago

REACH = Reach(TODAY, 30)
NOT_FOR_ALL = "Not every release is for all platforms and archs: its share is of the devices that it is for."


async def ask(ledger: Ledger, **asked: str) -> dict[str, Any]:
    admin = ledger.admin
    question = parse({"app": "editor", **asked}, REACH, admin.apps)
    return await build_adoption(ledger.client, ledger.keys, admin, question, ledger.now)


def noon(back: int) -> dt.datetime:
    return dt.datetime.combine(days_ago(back), dt.time(12), dt.UTC)


def today_of(answer: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """By version: devices at or above it, and those that it is for, on the last day."""
    last = ((row["version"], row["days"][-1]) for row in answer["releases"])
    return {version: (day["client_count"], day["of"]) for version, day in last}


def tail_of(answer: dict[str, Any]) -> dict[tuple[str, int], int]:
    """Devices by version and how many releases they are behind; nobody is left out."""
    rows = answer["stale_tail"]["devices"]
    return {
        (row["version"], row["releases_behind"]): row["client_count"] for row in rows if row["client_count"]
    }


@pytest.fixture
async def fixed(ledger: Ledger) -> Ledger:
    """1.3.0 for all, and 1.3.1 for windows, which all but one of its devices have taken."""
    ledger.publish("1.2.0")
    ledger.publish("1.3.0", noon(20))
    ledger.publish("1.3.1", noon(7), platform="windows")
    for back in range(9):
        await ledger.count(range(15), day=days_ago(back), version="1.3.0")
        updated = range(20, 25) if back < 7 else ()
        await ledger.count(updated, day=days_ago(back), version="1.3.1", platform="windows")
        old = set(range(20, 26)) - set(updated)
        await ledger.count(old, day=days_ago(back), version="1.3.0", platform="windows")
    return ledger


async def test_a_fix_for_one_platform_is_behind_on_no_other(fixed: Ledger) -> None:
    answer = await ask(fixed)
    assert today_of(answer) == {"1.3.1": (5, 6), "1.3.0": (21, 21), "1.2.0": (21, 21)}
    assert tail_of(answer) == {("1.3.1", 0): 5, ("1.3.0", 0): 15, ("1.3.0", 1): 1}
    assert answer["releases"][0]["days_to"] == {"50": 1, "80": 1, "95": None}


async def test_whom_a_release_is_for_is_said_where_it_is_not_for_all(fixed: Ledger) -> None:
    answer = await ask(fixed)
    newest, *rest = answer["releases"]
    assert newest["only_for"] == [{"platform": "windows", "arch": ""}]
    assert not any("only_for" in row for row in rest)
    assert NOT_FOR_ALL in answer["notes"]
    assert msgspec.convert(answer, Adoption).releases[0].only_for == [ReleasePlace("windows", "")]


@pytest.mark.parametrize("platform", ["linux", "windows"])
async def test_a_platform_alone_has_releases_for_all_of_it(fixed: Ledger, platform: str) -> None:
    answer = await ask(fixed, platform=platform)
    assert not any("only_for" in row for row in answer["releases"])
    assert answer["notes"] == []
    assert len(answer["releases"]) == (3 if platform == "windows" else 2)


async def test_a_check_that_states_no_platform_hears_of_all_releases(fixed: Ledger) -> None:
    await fixed.count(range(50, 54), version="1.3.0", platform="")
    answer = await ask(fixed)
    assert today_of(answer)["1.3.1"] == (5, 10)
    assert tail_of(answer)[("1.3.0", 1)] == 5


async def test_a_release_for_one_arch(fixed: Ledger) -> None:
    fixed.publish("1.3.2", noon(2), platform="windows", arch="arm64")
    await fixed.count(range(60, 63), version="1.3.1", platform="windows", arch="arm64")
    answer = await ask(fixed)
    assert answer["releases"][0]["only_for"] == [{"platform": "windows", "arch": "arm64"}]
    assert today_of(answer)["1.3.2"] == (0, 3)
    assert tail_of(answer)[("1.3.1", 1)] == 3
    windows = await ask(fixed, platform="windows")
    assert [row.get("only_for") for row in windows["releases"]] == [
        [{"platform": "windows", "arch": "arm64"}],
        None,
        None,
        None,
    ]


async def test_nobody_is_behind_a_withdrawn_release(fixed: Ledger) -> None:
    fixed.releases[-1] = withdraw(fixed.releases[-1], noon(1))
    answer = await ask(fixed)
    assert tail_of(answer) == {("1.3.1", 0): 5, ("1.3.0", 0): 16}
    assert today_of(answer)["1.3.1"] == (5, 6)


async def test_a_device_that_is_on_the_latest_anywhere_is_not_behind(fixed: Ledger) -> None:
    await fixed.count(range(15), version="1.3.0", platform="windows")
    assert tail_of(await ask(fixed)) == {("1.3.1", 0): 5, ("1.3.0", 0): 15, ("1.3.0", 1): 1}


async def test_devices_that_nothing_is_published_for_are_left_out_and_said(ledger: Ledger) -> None:
    ledger.publish("1.0", platform="linux")
    await ledger.count(range(3))
    await ledger.count(range(10, 14), platform="darwin")
    answer = await ask(ledger)
    assert today_of(answer) == {"1.0": (3, 3)}
    assert (tail_of(answer), answer["stale_tail"]["older"]) == ({("1.0", 0): 3}, 0)
    left_out = "4 requests came from platforms or archs that nothing is published for; their devices are"
    assert answer["notes"] == [f"{left_out} left out."]


async def test_one_release_for_each_platform_is_as_one_for_all(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    unions = []
    count_parts, compare = Question.count_parts, Question.compare

    def counted(question: Question, parts: Parts) -> Union:
        unions.append(1)
        return count_parts(question, parts)

    def compared(question: Question, one: Parts, other: Parts) -> None:
        unions.append(2)
        compare(question, one, other)

    monkeypatch.setattr(Question, "count_parts", counted)
    monkeypatch.setattr(Question, "compare", compared)
    for number, platform in enumerate(("linux", "windows", "")):
        await ledger.count(range(10 * number, 10 * number + 9), version="1.0", platform=platform)
        await ledger.count(range(10 * number, 10 * number + 4), version="2.0", platform=platform)
    ledger.publish("1.0", noon(9))
    ledger.publish("2.0", noon(3))
    for_all, asked_for_all = await ask(ledger), list(unions)
    ledger.releases.clear()
    unions.clear()
    for version, back in (("1.0", 9), ("2.0", 3)):
        for platform in ("linux", "windows"):
            ledger.publish(version, noon(back), platform=platform)
    assert await ask(ledger) == for_all
    assert unions == asked_for_all


def test_a_platform_that_is_left_behind_keeps_its_latest(ledger: Ledger) -> None:
    ledger.publish("0.8", platform="linux")
    ledger.publish("0.9", platform="linux")
    for number in range(MAX_RELEASES + 5):
        ledger.publish(f"1.{number}", platform="windows")
    question = parse({"app": "editor"}, REACH, {"editor"})
    followed = milestones(ledger.admin.apps["editor"].history, question.place, ledger.now)
    assert [one.version for one in followed] == [
        "0.9",
        *(f"1.{number}" for number in range(5, MAX_RELEASES + 5)),
    ]


async def test_what_clients_make_up_is_matched_once(fixed: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    await fixed.count(range(50), version="1.3.0", platform="plan9")
    asked = []
    is_for = Milestone.is_for

    def counted(milestone: Milestone, place: Request) -> bool:
        asked.append(place)
        return is_for(milestone, place)

    monkeypatch.setattr(Milestone, "is_for", counted)
    await ask(fixed)
    before = len(asked)
    for number in range(50):
        await fixed.count([number], version="1.3.0", platform=f"plan{number}", arch=f"arch{number}")
    asked.clear()
    assert today_of(await ask(fixed))["1.3.1"] == (5, 6)
    assert len(asked) == before


@dataclass(frozen=True, slots=True)
class Seen:
    """One check of a device."""

    day: dt.date
    platform: str
    arch: str
    version: str
    device: int


VERSIONS = ("1.0", "1.1", "1.2", "1.3", "2.0")
PLATFORMS = ("linux", "windows", "darwin", "")
ARCHS = ("amd64", "arm64", "")


def some_releases(chance: Random) -> Iterator[Release]:
    """1.0 for two platforms stays; the others are for any, and some are withdrawn or required."""
    places = [("1.0", platform, "") for platform in ("linux", "windows")] + [
        (version, chance.choice(("linux", "windows", "")), chance.choice(("", "", "arm64")))
        for version in VERSIONS[1:]
        for _ in range(chance.randint(1, 2))
    ]
    for version, platform, arch in dict.fromkeys(places):
        release = release_from_input(
            app="editor",
            version=version,
            platform=platform,
            arch=arch,
            required=chance.random() < 0.2,
            published=noon(chance.randint(0, 9) if version != "1.0" else 12),
        )
        goes = version != "1.0" and platform and chance.random() < 0.25
        yield withdraw(release, release.published + dt.timedelta(hours=1)) if goes else release


def some_checks(chance: Random) -> Iterator[Seen]:
    """Devices that stay where they are but for a few, and update now and then."""
    for device in range(40):
        platform, arch, version = chance.choice(PLATFORMS), chance.choice(ARCHS), chance.randrange(3)
        for back in range(9, -1, -1):
            if chance.random() < 0.1:
                platform = chance.choice(PLATFORMS)
            if chance.random() < 0.2:
                version = min(version + 1, len(VERSIONS) - 1)
            if chance.random() < 0.6:
                name = "0.9" if device % 10 == 0 else VERSIONS[version]
                yield Seen(days_ago(back), platform, arch, name, device)


async def count(ledger: Ledger, checks: Iterable[Seen]) -> None:
    for one in checks:
        await ledger.count(
            [one.device], day=one.day, version=one.version, platform=one.platform, arch=one.arch
        )


class Exact:
    """Adoption from plain sets."""

    def __init__(self, releases: list[Release], checks: list[Seen], now: dt.datetime, asked: Request) -> None:
        self.releases = [one for one in releases if asked.matches(one)]
        self.now = now
        self.checks = [
            one
            for one in checks
            if (not asked.platform or one.platform == asked.platform)
            and (not asked.arch or one.arch == asked.arch)
        ]

    def line(self, check: Seen) -> list[Release]:
        place = Request("stable", check.platform, check.arch)
        return [one for one in self.releases if place.matches(one)]

    def shares(self, day: dt.date) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[set[int], set[int]]] = {}
        for version in {one.version for one in self.releases}:
            above, of = found.setdefault(version, (set(), set()))
            for check in self.checks:
                if check.day == day and version in {one.version for one in self.line(check)}:
                    of.add(check.device)
                    if version_key(check.version) >= version_key(version):
                        above.add(check.device)
        return {version: (len(above), len(of)) for version, (above, of) in found.items()}

    def rung(self, check: Seen) -> tuple[int, Any, str] | None:
        """Smaller is better; None where nothing is for the check."""
        line = self.line(check)
        held = {one.version for one in line if version_key(one.version) <= version_key(check.version)}
        if not line:
            return None
        if not held:
            return 99, 0, "older"
        version = max(held, key=version_key)
        above = {one.version for one in line if one.is_out(self.now)} - {
            one.version for one in line if version_key(one.version) <= version_key(version)
        }
        return len(above), -VERSIONS.index(version), version

    def tail(self) -> dict[tuple[str, int], int]:
        best: dict[int, tuple[int, Any, str]] = {}
        for check in self.checks:
            rung = self.rung(check)
            if rung and check.day > days_ago(7):
                best[check.device] = min(rung, best.get(check.device, rung))
        found: dict[tuple[str, int], int] = {}
        for behind, _, version in best.values():
            found[version, behind] = found.get((version, behind), 0) + 1
        return found


@pytest.mark.parametrize("seed", range(6))
async def test_against_plain_sets(ledger: Ledger, seed: int) -> None:
    chance = Random(seed)
    checks = list(some_checks(chance))
    ledger.releases = list(some_releases(chance))
    await count(ledger, checks)
    for platform, arch in (("", ""), ("windows", ""), ("", "arm64"), ("linux", "arm64")):
        exact = Exact(ledger.releases, checks, ledger.now, Request("stable", platform, arch))
        answer = await ask(ledger, platform=platform, arch=arch)
        assert today_of(answer) == exact.shares(TODAY)
        tail = exact.tail()
        assert answer["stale_tail"]["older"] == tail.pop(("older", 99), 0)
        assert tail_of(answer) == tail


@pytest.mark.parametrize("seed", range(6))
async def test_nobody_is_behind_whom_the_report_has_on_the_latest(ledger: Ledger, seed: int) -> None:
    chance = Random(100 + seed)
    ledger.releases = list(some_releases(chance))
    await count(ledger, some_checks(chance))
    tail = await ask(ledger)
    summary = (await ledger.report(since=days_ago(6).isoformat(), until=TODAY.isoformat()))["summary"]
    rows = tail["stale_tail"]["devices"]
    latest = sum(row["client_count"] for row in rows if row["releases_behind"] == 0)
    behind = sum(row["client_count"] for row in rows if row["releases_behind"])
    assert latest == summary["clients_using_latest_version"]
    assert behind + tail["stale_tail"]["older"] == summary["clients_outdated"]
