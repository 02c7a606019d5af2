"""How fast an app's releases reach its devices."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting import names
from telemetry_counter.counting.names import OTHER
from telemetry_counter.errors import NotFound
from telemetry_counter.releases.offers import DEFAULT_CHANNEL
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import VersionKey, version_key
from telemetry_counter.reporting.cells import Cell
from telemetry_counter.reporting.report import ACCURACY
from telemetry_counter.reporting.selection import Filters, Grants, Reach, dates, parse_days
from telemetry_counter.reporting.slices import Slice

PLACES = {
    "channel": (names.CHANNEL, "channels"),
    "platform": (names.PLATFORM, "platforms"),
    "arch": (names.ARCH, "architectures"),
}
PARAMETERS = frozenset({"app", *PLACES, "date", "range", "from", "to"})
MAX_RELEASES = 50
THRESHOLDS = (50, 80, 95)
TAIL_DAYS = 7
"""Days over which the stale tail is counted: not everyone starts a program every day."""


@dataclass(frozen=True, slots=True)
class Question:
    """One app's releases for a channel, and a platform and arch unless they are ''."""

    app: str
    channel: str
    platform: str
    arch: str
    days: tuple[dt.date, ...]

    @property
    def filters(self) -> Filters:
        # Who states no channel is offered what is for the default one, and counts there.
        unstated = ("",) if self.channel == DEFAULT_CHANNEL else ()
        places = ((value,) if value else () for value in (self.platform, self.arch))
        return Filters((self.channel, *unstated), *places)

    @property
    def tail(self) -> tuple[dt.date, ...]:
        return self.days[-TAIL_DAYS:]


@dataclass(frozen=True, slots=True)
class Milestone:
    """A version on the day it came out, to where the question asks."""

    version: str
    key: VersionKey
    published: dt.datetime
    is_withdrawn: bool


def parse(
    parameters: Mapping[str, str], reach: Reach, apps: Collection[str], grants: Grants | None = None
) -> Question:
    """All days that are kept and the default channel, unless some are named.

    Raises InvalidInput, Forbidden or NotFound.
    """
    app = replace(names.APP, parameter="app").check(parameters.get("app", ""))
    values = {name: kind.check_optional(parameters.get(name, "")) for name, (kind, _) in PLACES.items()}
    values["channel"] = values["channel"] or DEFAULT_CHANNEL
    if grants is not None:
        grants.check("apps", [app])
        for name, (_, granted) in PLACES.items():
            grants.check(granted, filter(None, [values[name]]))
    if app not in apps:
        raise NotFound(f"There is no app {app}.")
    return Question(app, **values, days=parse_days(parameters, reach) or dates(reach.first, reach.today))


def milestones(app: App, question: Question, now: dt.datetime) -> list[Milestone]:
    """The newest versions published for what is asked about, ascending; each when it first came out."""
    found: dict[VersionKey, list[Release]] = {}
    for release in sorted(app.history.releases, key=lambda one: one.published):
        if release.published <= now and _is_for(release, question):
            found.setdefault(version_key(release.version), []).append(release)
    return [_milestone(key, of_version, now) for key, of_version in sorted(found.items())][-MAX_RELEASES:]


def _milestone(key: VersionKey, releases: Sequence[Release], now: dt.datetime) -> Milestone:
    """Of one version, which may be for several platforms: out until the last of them is withdrawn."""
    is_withdrawn = not any(release.is_out(now) for release in releases)
    return Milestone(releases[0].version, key, releases[0].published, is_withdrawn)


def _is_for(release: Release, question: Question) -> bool:
    asked = (question.channel, question.platform, question.arch)
    named = (release.channel, release.platform, release.arch)
    return all(not value or not wanted or value == wanted for value, wanted in zip(named, asked, strict=True))


def bands(part: Slice, releases: Sequence[Milestone]) -> list[list[str]]:
    """Fields of the devices on each release or between it and the next; the first band is below them all."""
    cells: list[list[Cell]] = [[] for _ in range(len(releases) + 1)]
    for cell in part.cells:
        cells[_band(cell.version, releases)].append(cell)
    return [part.cover(of_band) for of_band in cells]


def _band(version: str, releases: Sequence[Milestone]) -> int:
    if version == OTHER:
        return 0
    key = version_key(version)
    return sum(release.key <= key for release in releases)


@dataclass(frozen=True, slots=True)
class Day:
    """Devices of a day: all of them, and those at or above each release."""

    day: dt.date
    devices: int
    at_or_above: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Checks of versions, and of whole cells, that are not told apart."""

    versions: int = 0
    cells: int = 0


def build(
    admin: str,
    question: Question,
    releases: Sequence[Milestone],
    days: Sequence[Day],
    tail: Sequence[int],
    folded: Folded,
) -> dict[str, Any]:
    """`tail`: devices whose newest version is in each band, the first below all releases."""
    rows = [_release(release, number, days) for number, release in enumerate(releases)]
    behind = [
        {"releases_behind": len(releases) - number, "version": release.version, "client_count": devices}
        for number, (release, devices) in enumerate(zip(releases, tail[1:], strict=True), start=1)
    ]
    return {
        "admin": admin,
        "app": question.app,
        "channel": question.channel,
        "platform": question.platform,
        "arch": question.arch,
        "date_range": [day.isoformat() for day in question.days],
        "releases": rows[::-1],
        "stale_tail": {
            "date_range": [day.isoformat() for day in question.tail],
            "devices": behind[::-1],
            "older": tail[0],
        },
        "accuracy": ACCURACY,
        "notes": list(_notes(question, releases, rows, folded)),
    }


def _release(release: Milestone, number: int, days: Sequence[Day]) -> dict[str, Any]:
    published = release.published.date()
    shares = [_share(published, day, day.at_or_above[number]) for day in days if day.day >= published]
    return {
        "version": release.version,
        "published": release.published.isoformat(),
        "withdrawn": release.is_withdrawn,
        "days": shares,
        "days_to": {str(threshold): _days_to(shares, threshold) for threshold in THRESHOLDS},
    }


def _share(published: dt.date, day: Day, devices: int) -> dict[str, Any]:
    return {
        "date": day.day.isoformat(),
        "day": (day.day - published).days,
        "client_count": devices,
        "of": day.devices,
        "share": round(devices / day.devices, 4) if day.devices else None,
    }


def _days_to(shares: Sequence[Mapping[str, Any]], threshold: int) -> int | None:
    """None where it is not reached, or was before the first day that is asked about."""
    reached = next((row for row in shares if _reaches(row, threshold)), None)
    if reached is None or (reached is shares[0] and reached["day"] > 0):
        return None
    return int(reached["day"])


def _reaches(row: Mapping[str, Any], threshold: int) -> bool:
    # By the counts: the share is rounded.
    return bool(row["of"]) and 100 * row["client_count"] >= threshold * row["of"]


def _notes(
    question: Question, releases: Sequence[Milestone], rows: Iterable[Mapping[str, Any]], folded: Folded
) -> Iterable[str]:
    if not releases:
        yield f"Nothing of {question.app} is published for {question.channel}."
    if len(releases) == MAX_RELEASES:
        yield f"Only the {MAX_RELEASES} newest releases are shown."
    for row in rows:
        shares = row["days"]
        if shares and shares[0]["day"] > 0 and _reaches(shares[0], THRESHOLDS[0]):
            share, first = THRESHOLDS[0], question.days[0]
            yield f"{row['version']} had reached {share} % by {first}, the first day that is looked at."
    if folded.versions:
        yield (
            f"There were more versions than are told apart a day: {folded.versions} requests are counted "
            f"under {OTHER}, which is taken for older than all releases."
        )
    if folded.cells:
        yield f"There were more cells than are told apart a day: {folded.cells} requests are left out."
