"""What a client is offered: which releases are for it, and what those of one version come to together."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import version_key

DEFAULT_CHANNEL = "stable"
"""What a request without a channel is taken for, so that nobody is given a nightly unasked."""


class Outcome(StrEnum):
    NOT_FOUND = "not found"
    CURRENT = "current"
    ROLLBACK = "rollback"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an update check comes to.

    `releases` are those of the version offered, or of the latest where none is; the one that fits the
    request best stands first. They are empty only where the outcome is NOT_FOUND.
    """

    outcome: Outcome
    releases: tuple[Release, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict, hash=False)
    critical: bool = False

    @property
    def is_latest(self) -> bool | None:
        """Whether the client has the latest version; None where there is none to have."""
        return None if self.outcome is Outcome.NOT_FOUND else self.outcome is not Outcome.UPDATE

    @property
    def is_required(self) -> bool:
        return any(release.required for release in self.releases)

    @property
    def changelog(self) -> str:
        return next((release.changelog for release in self.releases if release.changelog), "")

    def signature(self, url: str) -> str:
        """The signature published with that URL."""
        signed = (release for release in self.releases if url in release.packages.values())
        return next((release.signature for release in signed if release.signature), "")


class Request(NamedTuple):
    """Whom a check is from; '' where the client did not say."""

    channel: str
    platform: str
    arch: str

    def matches(self, release: Release) -> bool:
        return (
            release.channel in ("", self.channel or DEFAULT_CHANNEL)
            and (not self.platform or release.platform in ("", self.platform))
            and (not self.arch or release.arch in ("", self.arch))
        )

    def fit(self, release: Release) -> int:
        """How many of the three the release names as the request does; '' meets ''."""
        named = (release.channel, release.platform, release.arch)
        return sum(asked == name for asked, name in zip(self, named, strict=True))


def find_unclear(request: Request, out: Collection[Release]) -> tuple[str, ...]:
    """Of platform and arch, what the check does not state although the releases out for it differ by it."""
    return tuple(
        name
        for name in ("platform", "arch")
        if not getattr(request, name) and len({getattr(release, name) for release in out}) > 1
    )


def update(request: Request, above: list[Release], unclear: tuple[str, ...]) -> Offer:
    """The way up: `above` are the releases above the client's version, ascending and not empty."""
    target = next((release for release in above if release.required), above[-1])
    passed = [release for release in above if version_key(release.version) <= version_key(target.version)]
    critical = any(release.critical for release in passed)
    return _together(Outcome.UPDATE, request, passed, target, unclear, critical)


def no_update(request: Request, held: list[Release], has_latest: bool, unclear: tuple[str, ...]) -> Offer:
    """Nothing above: `held` are the releases up to the client's version, ascending."""
    if not held:
        return Offer(Outcome.NOT_FOUND)
    return _together(Outcome.CURRENT if has_latest else Outcome.ROLLBACK, request, held, held[-1], unclear)


def _together(
    outcome: Outcome,
    request: Request,
    among: Iterable[Release],
    target: Release,
    unclear: tuple[str, ...],
    critical: bool = False,
) -> Offer:
    key = version_key(target.version)
    same = [release for release in among if version_key(release.version) == key]
    # Where several fit equally well, the most cautious rollout speaks for them.
    same.sort(key=lambda r: (-request.fit(r), 100 if r.rollout_percent is None else r.rollout_percent, r.id))
    return Offer(outcome, tuple(same), _packages(request, same, unclear), critical)


def _packages(request: Request, releases: list[Release], unclear: tuple[str, ...]) -> dict[str, str]:
    """The URLs of releases that stand best fit first; where equals disagree on a package, it is left out.

    So is what is for one platform (or arch) alone, where it is unclear whether the client runs on that.
    """
    agreed = {name: _agreed(releases, name) for name in unclear}
    chosen: dict[str, str | None] = {}
    for _, equals in groupby(releases, key=request.fit):
        urls: dict[str, set[str]] = {}
        for release in equals:
            of_one = [agreed[name] for name in unclear if getattr(release, name)]
            for package, url in release.packages.items():
                if all((package, url) in of_all for of_all in of_one):
                    urls.setdefault(package, set()).add(url)
        for package, found in urls.items():
            chosen.setdefault(package, found.pop() if len(found) == 1 else None)
    return {package: url for package, url in sorted(chosen.items()) if url}


def _agreed(releases: list[Release], name: str) -> set[tuple[str, str]]:
    """The packages that all releases which name a platform (or arch) have at the same URL, if several do."""
    named = [release for release in releases if getattr(release, name)]
    if len({getattr(release, name) for release in named}) < 2:
        return set()
    return set.intersection(*(set(release.packages.items()) for release in named))
