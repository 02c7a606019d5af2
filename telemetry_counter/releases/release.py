"""One published release, and who its staged rollout reaches."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated

import msgspec

from telemetry_counter.counting.names import APP, ARCH, CHANNEL, PLATFORM, VERSION
from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases import bounds

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Release:
    """A version of an app for one channel, platform and arch, each '' where it is for every one.

    `packages` maps a package's name ('' is the plain one) to its URL. `required` releases may not be
    skipped by an update. `withdrawn` is the moment from which the release is offered no more.
    """

    id: str
    app: str
    version: str
    published: Moment
    channel: str = ""
    platform: str = ""
    arch: str = ""
    packages: Mapping[str, str] = field(default_factory=dict, hash=False)
    changelog: str = ""
    critical: bool = False
    required: bool = False
    rollout_percent: int | None = None
    rollout_seed: str = ""
    signature: str = ""
    withdrawn: Moment | None = None

    @property
    def ever_out(self) -> bool:
        """Whether there is a moment at which it is out: not so if it was withdrawn before it came."""
        return self.withdrawn is None or self.published < self.withdrawn

    def is_out(self, at: datetime) -> bool:
        return self.published <= at and (self.withdrawn is None or at < self.withdrawn)

    @property
    def is_staged(self) -> bool:
        """Whether it is held back from a part of the devices."""
        return self.rollout_percent is not None and self.rollout_percent < 100

    @property
    def seed(self) -> str:
        """What the rollout's devices are drawn by; the id unless one is given, so each release draws anew."""
        return self.rollout_seed or self.id

    def reaches(self, device_id: str) -> bool:
        percent = self.rollout_percent
        return percent is None or percent >= 100 or rollout_includes(device_id, self.seed, percent)


def rollout_includes(device_id: str, seed: str, percent: int) -> bool:
    """The draw all client libraries share; a device without an id is never in it."""
    digest = hashlib.sha256(f"{device_id}:{seed}".encode(errors="replace")).digest()
    return device_id != "" and int.from_bytes(digest[:8], "big") % 100 < percent


def release_id(app: str, version: str, channel: str, platform: str, arch: str) -> str:
    """The same for the same tuple: publishing twice is publishing once, and a package joins its release."""
    identity = "\0".join((app, version, channel, platform, arch))
    return hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()


def release_from_input(
    *,
    app: str,
    version: str,
    published: datetime,
    channel: str = "",
    platform: str = "",
    arch: str = "",
    packages: Mapping[str, str] | None = None,
    changelog: str = "",
    critical: bool = False,
    required: bool = False,
    rollout_percent: int | None = None,
    rollout_seed: str = "",
    signature: str = "",
) -> Release:
    """A release of checked values, or InvalidInput naming the field. A time to come schedules it."""
    identity = (
        APP.check(app),
        VERSION.check(version),
        CHANNEL.check_optional(channel),
        PLATFORM.check_optional(platform),
        ARCH.check_optional(arch),
    )
    return Release(
        id=release_id(*identity),
        app=app,
        version=version,
        channel=channel,
        platform=platform,
        arch=arch,
        packages=bounds.packages(packages or {}),
        changelog=bounds.text("changelog", changelog, bounds.CHANGELOG_BYTES),
        critical=critical,
        required=required,
        rollout_percent=bounds.percent("rollout_percent", rollout_percent),
        rollout_seed=bounds.text("rollout_seed", rollout_seed, bounds.SEED_BYTES),
        signature=bounds.text("signature", signature, bounds.SIGNATURE_BYTES),
        published=bounds.moment("published", published),
    )


def merge(old: Release, new: Release, at: datetime, is_timed: bool = True) -> Release:
    """What stands after `new` is published over `old`, a release of the same id.

    A withdrawn one is out again. Packages add up, a new URL replacing the old one of its package. Text
    and rollout stay where the new ones are empty; the flags are the new ones. What is only scheduled at `at`
    takes the new time, or keeps its own if the new one was not asked for (`is_timed`). Of what came out the
    earlier time stands.
    """
    if old.published > at:
        published = new.published if is_timed else old.published
    else:
        published = min(old.published, new.published) if old.ever_out else new.published
    return replace(
        new,
        packages=bounds.packages({**old.packages, **new.packages}),
        changelog=new.changelog or old.changelog,
        signature=new.signature or old.signature,
        rollout_percent=old.rollout_percent if new.rollout_percent is None else new.rollout_percent,
        rollout_seed=new.rollout_seed or old.rollout_seed,
        published=published,
    )


def withdraw(release: Release, at: datetime) -> Release:
    """The release, withdrawn at that moment, or when it was before."""
    return release if release.withdrawn else replace(release, withdrawn=bounds.moment("withdrawn", at))


def to_json(release: Release) -> bytes:
    return msgspec.json.encode(release)


def from_json(stored: bytes) -> Release:
    """What `to_json` wrote; keys of other editions are ignored or take their defaults."""
    try:
        return msgspec.json.decode(stored, type=Release)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"A stored release cannot be read: {error}.") from None
