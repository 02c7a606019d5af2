"""The releases of one app over time: what was the latest, and what a client is offered."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from telemetry_counter.releases.offers import (
    DEFAULT_CHANNEL,
    Offer,
    Outcome,
    Request,
    find_unclear,
    no_update,
    update,
)
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import VersionKey, sort_versions, version_key

_UNHEARD = "(unheard)"
"""Stands for every value that no release names, so that what clients make up shares one memo."""


class _Line(NamedTuple):
    """The releases for one request, ascending, and their keys."""

    releases: tuple[Release, ...]
    keys: tuple[VersionKey, ...]


class ReleaseHistory:
    """Immutable, but for bounded memos; `at` is always an aware datetime."""

    def __init__(self, releases: Iterable[Release]) -> None:
        out = (release for release in releases if release.ever_out)
        self.releases = tuple(sorted(out, key=lambda release: (version_key(release.version), release.id)))
        self._named = (
            frozenset({"", DEFAULT_CHANNEL} | {release.channel for release in self.releases}),
            frozenset({""} | {release.platform for release in self.releases}),
            frozenset({""} | {release.arch for release in self.releases}),
        )
        moments = {moment for r in self.releases for moment in (r.published, r.withdrawn) if moment}
        self.changes = tuple(sorted(moments))
        """The moments at which a release comes out or goes: between two of them every judgement stands."""
        self.is_staged = any(release.is_staged for release in self.releases)
        self._line = lru_cache(maxsize=1024)(self._find_line)
        self._latest = lru_cache(maxsize=8192)(self._find_latest)
        self._offer = lru_cache(maxsize=4096)(self._find_offer)
        self._unclear = lru_cache(maxsize=1024)(self._find_unclear)

    def latest(self, channel: str, platform: str, arch: str, at: datetime) -> Release | None:
        """A release of the highest version that was out at that moment."""
        return self._latest(channel, platform, arch, at)

    def highest(self, channel: str, platform: str, arch: str, at: datetime) -> VersionKey | None:
        release = self._latest(channel, platform, arch, at)
        return version_key(release.version) if release else None

    def is_latest(self, channel: str, platform: str, arch: str, version: str, at: datetime) -> bool | None:
        """Whether the version is not lower than the highest out at that moment; None where none was."""
        highest = self.highest(channel, platform, arch, at)
        return None if highest is None else version_key(version) >= highest

    def offer(
        self,
        channel: str,
        platform: str,
        arch: str,
        version: str,
        at: datetime,
        device_id: str | None = None,
    ) -> Offer:
        """What a client of that version gets: the lowest required release above it, else the highest.

        With a device id ('' where it is not known) staged releases that do not reach the device are passed
        over; None leaves that to the client, which is told of the rollout.
        """
        request = self._request(channel, platform, arch)
        key, keys = version_key(version), self._line(request).keys
        place = bisect_left(keys, key), bisect_right(keys, key)
        # Between two changes every moment gives the same, so the change stands for all of them.
        change = bisect_right(self.changes, at)
        if not change:
            return Offer(Outcome.NOT_FOUND)
        moment = self.changes[change - 1]
        if device_id is not None and self.is_staged:
            return self._find_offer(request, place, moment, device_id)
        return self._offer(request, place, moment)

    def next_change(self, after: datetime) -> datetime | None:
        """When a release next comes out (or goes): until then every offer stays as it is."""
        change = bisect_right(self.changes, after)
        return self.changes[change] if change < len(self.changes) else None

    def versions(self, at: datetime) -> list[str]:
        """Every version published by then, ascending, withdrawn or not."""
        return sort_versions({release.version for release in self.releases if release.published <= at})

    def _request(self, *asked: str) -> Request:
        values = zip(asked, self._named, strict=True)
        return Request(*(value if value in named else _UNHEARD for value, named in values))

    def _find_line(self, request: Request) -> _Line:
        matching = tuple(release for release in self.releases if request.matches(release))
        return _Line(matching, tuple(version_key(release.version) for release in matching))

    def _find_latest(self, channel: str, platform: str, arch: str, at: datetime) -> Release | None:
        line = self._line(self._request(channel, platform, arch))
        return next((release for release in reversed(line.releases) if release.is_out(at)), None)

    def _find_offer(
        self, request: Request, place: tuple[int, int], at: datetime, device_id: str | None = None
    ) -> Offer:
        """`place`: the bounds of the client's own version in the request's line."""
        low, high = place
        line = self._line(request).releases

        def is_open(release: Release) -> bool:
            return release.is_out(at) and (device_id is None or release.reaches(device_id))

        unclear = self._unclear(request, at)
        above = [release for release in line[high:] if is_open(release)]
        if above:
            return update(request, above, unclear)
        held = [release for release in line[:high] if is_open(release)]
        has_latest = any(is_open(release) for release in line[low:high])
        return no_update(request, held, has_latest, unclear)

    def _find_unclear(self, request: Request, at: datetime) -> tuple[str, ...]:
        line = self._line(request).releases
        return find_unclear(request, [release for release in line if release.is_out(at)])
