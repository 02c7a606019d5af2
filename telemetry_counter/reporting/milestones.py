"""The versions that adoption follows, and whom each is for."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telemetry_counter.counting.names import OTHER
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.releases.offers import Request
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import VersionKey, version_key

MAX_RELEASES = 50


@dataclass(frozen=True, slots=True)
class Milestone:
    """A version on the day it first came out, to where it was asked about.

    `releases` are those of it for some platform or arch each, `out` those that are not withdrawn.
    """

    version: str
    key: VersionKey
    published: dt.datetime
    releases: tuple[Release, ...]
    out: tuple[Release, ...]

    @property
    def is_withdrawn(self) -> bool:
        return not self.out

    def is_for(self, place: Request) -> bool:
        return any(map(place.matches, self.releases))

    def is_out_for(self, place: Request) -> bool:
        return any(map(place.matches, self.out))


def milestones(history: ReleaseHistory, place: Request, now: dt.datetime) -> list[Milestone]:
    """The newest versions published for that place, ascending, and the latest of each part of it."""
    found: dict[VersionKey, list[Release]] = {}
    for release in sorted(history.releases, key=lambda one: one.published):
        if release.published <= now and place.matches(release):
            found.setdefault(version_key(release.version), []).append(release)
    keys = sorted(found)
    kept = set(keys[-MAX_RELEASES:])
    if len(kept) < len(keys):
        every = (release for of_version in found.values() for release in of_version)
        kept |= {key for part in parts(place, every) if (key := history.highest(*part, now))}
    return [_milestone(key, found[key], now) for key in keys if key in kept]


def parts(place: Request, releases: Iterable[Release]) -> set[Request]:
    """The platforms and archs that the releases tell apart, within the place; `OTHER` is all the rest."""
    return {
        Request(place.channel, place.platform or one.platform or OTHER, place.arch or one.arch or OTHER)
        for one in releases
    }


def only_for(milestone: Milestone, every: Sequence[Milestone], place: Request) -> list[tuple[str, str]]:
    """Platform and arch, '' for any, of each of its releases; none if it is for all that any is for."""
    told_apart = parts(place, (release for one in every for release in one.releases))
    if all(map(milestone.is_for, told_apart)):
        return []
    return sorted({(release.platform, release.arch) for release in milestone.releases})


def _milestone(key: VersionKey, releases: Sequence[Release], now: dt.datetime) -> Milestone:
    """Of one version, which may be for several platforms: out until the last of them is withdrawn."""
    out = tuple(release for release in releases if release.is_out(now))
    return Milestone(releases[0].version, key, releases[0].published, tuple(releases), out)
