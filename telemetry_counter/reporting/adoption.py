"""How fast an app's releases reach its devices."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting import names
from telemetry_counter.counting.names import OTHER
from telemetry_counter.errors import NotFound
from telemetry_counter.releases.offers import DEFAULT_CHANNEL
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import VersionKey, version_key
from telemetry_counter.reporting.cells import Cell
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
