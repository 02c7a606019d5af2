"""What the apps of a generated month release, when, and what a device of theirs is offered."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .exact import PublishedRelease, version_order

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """A version that clients can update to from `fraction` of the month on.

    A negative fraction is of 31 days before it, however long the month is.
    Where not `published`, clients have it from elsewhere and the release history never hears of it.
    """

    fraction: float
    version: str
    channel: str = ""
    platform: str = ""
    arch: str = ""
    hour: int = 12
    withdrawn_after_hours: float | None = None
    required: bool = False
    published: bool = True


PLAN: dict[str, tuple[Step, ...]] = {
    # Channels, betas, one final version for all of them, and a version that is taken back.
    "editor": (
        Step(-0.9, "2.0.0"),
        Step(-0.4, "2.1.0", "stable"),
        Step(-0.2, "2.2.0-beta.1", "beta"),
        Step(0.15, "2.2.0-beta.2", "beta"),
        Step(0.35, "2.2.0"),
        Step(0.50, "2.3.0-beta.1", "beta"),
        Step(0.60, "2.2.1", "stable"),
        Step(0.75, "2.2.2", "stable", withdrawn_after_hours=30),
        Step(0.85, "2.3.0-beta.10", "beta"),
    ),
    # Each platform in its own time; canary is never published.
    "player": (
        Step(-0.9, "0.9.0", published=False),
        Step(-0.5, "1.0.0", "stable"),
        Step(-0.5, "1.0.0", "beta"),
        Step(0.20, "1.1.0", "stable", "darwin"),
        Step(0.25, "1.1.0", "stable", "windows", hour=9),
        Step(0.30, "1.1.0", "stable", "linux", "amd64", hour=15),
        Step(0.45, "1.1.0", "stable", "linux", "arm64"),
        Step(0.40, "0.9.5", "canary", published=False),
        Step(0.60, "1.10.0", "stable", "darwin"),
        Step(0.65, "1.10.0", "stable", "windows"),
        Step(0.70, "1.11.0-beta.1", "beta"),
        Step(0.80, "1.10.1", "stable", "windows", hour=18),
    ),
    # Four numbers, a required stop on the way, and Linux joining late.
    "notes": (
        Step(-0.9, "0.0.0.8", published=False),
        Step(-0.5, "0.0.0.9", platform="darwin"),
        Step(-0.5, "0.0.0.9", platform="windows"),
        Step(0.25, "0.0.0.10"),
        Step(0.40, "0.0.1.0", required=True),
        Step(0.50, "0.0.2.0"),
        Step(0.90, "0.0.2.1"),
    ),
    # Publishes nothing; its clients say themselves whether they are current.
    "sketchpad": (
        Step(-0.9, "3.0.1", published=False),
        Step(-0.3, "3.0.2", published=False),
        Step(0.55, "3.1.0", published=False),
    ),
}


@dataclass(frozen=True, slots=True)
class Offer:
    version: str
    published: float


class Timeline:
    """One app's steps laid out in seconds from the start of the month."""

    def __init__(self, app: str, days: int, shift_days: int) -> None:
        self.app = app
        self._spans = [(*self._span(step, days, shift_days), step) for step in PLAN[app]]
        moments = {moment for start, end, _ in self._spans for moment in (start, end)}
        self._changes = sorted(moments - {float("inf")})
        self._eventful = {int(moment // DAY_SECONDS) for moment in self._changes}
        self._offers: dict[tuple[str, str, str, str, int], Offer | None] = {}

    @staticmethod
    def _span(step: Step, days: int, shift_days: int) -> tuple[float, float]:
        during = step.fraction > 0
        day = round(step.fraction * days) + shift_days if during else round(step.fraction * 31)
        start = day * DAY_SECONDS + step.hour * 3600
        hours = step.withdrawn_after_hours
        return start, float("inf") if hours is None else start + hours * 3600

    def changes_on(self, day: int) -> bool:
        return day in self._eventful

    def newest(self, channel: str, platform: str, arch: str, moment: float) -> str:
        steps = [step for _, step in self._standing(channel, platform, arch, moment)]
        return max((step.version for step in steps), key=version_order)

    def offer(self, channel: str, platform: str, arch: str, version: str, moment: float) -> Offer | None:
        """What an update check at `moment` would answer: a required stop first, else the highest."""
        key = (channel, platform, arch, version, bisect_right(self._changes, moment))
        if key not in self._offers:
            self._offers[key] = self._find(channel, platform, arch, version, moment)
        return self._offers[key]

    def _find(self, channel: str, platform: str, arch: str, version: str, moment: float) -> Offer | None:
        above = [
            (version_order(step.version), start, step)
            for start, step in self._standing(channel, platform, arch, moment)
            if version_order(step.version) > version_order(version)
        ]
        if not above:
            return None
        stops = [entry for entry in above if entry[2].required]
        _, start, step = min(stops, key=lambda e: e[:2]) if stops else max(above, key=lambda e: e[:2])
        return Offer(step.version, start)

    def _standing(
        self, channel: str, platform: str, arch: str, moment: float
    ) -> Iterator[tuple[float, Step]]:
        for start, end, step in self._spans:
            fits = (
                step.channel in ("", channel) and step.platform in ("", platform) and step.arch in ("", arch)
            )
            if fits and start <= moment < end:
                yield start, step

    def releases(self, first_day: date, now: datetime) -> list[PublishedRelease]:
        """The history as the service has it by then."""
        origin = datetime.combine(first_day, time(), UTC)
        until = (now - origin).total_seconds()
        return [
            PublishedRelease(
                app=self.app,
                version=step.version,
                channel=step.channel,
                platform=step.platform,
                arch=step.arch,
                published=origin + timedelta(seconds=start),
                withdrawn=origin + timedelta(seconds=end) if end <= until else None,
                required=step.required,
            )
            for start, end, step in self._spans
            if step.published and start <= until
        ]
