"""Devices that come, stay, update, move and leave, and the checks they make day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from .exact import LATEST, OUTDATED, UNKNOWN, Cell, Row, version_order
from .release_plan import DAY_SECONDS, Timeline

# Shares of what devices are and do; none of them is a figure of the report.
APP_WEIGHTS = {"editor": 50, "player": 30, "notes": 15, "sketchpad": 10}
PLATFORM_WEIGHTS = {"windows": 50, "darwin": 30, "linux": 20}
ARCH_WEIGHTS = {"amd64": 70, "arm64": 30}
CHANNEL_WEIGHTS = {
    "editor": {"stable": 80, "beta": 15, "nightly": 5},
    "player": {"stable": 85, "beta": 10, "canary": 5},
    "notes": {"stable": 90, "beta": 10},
    "sketchpad": {"stable": 70, "beta": 30},
}
SECOND_APP, THIRD_APP, OPENS_OTHER_APP = 0.35, 0.12, 0.7
CHECKS_A_DAY = (1, 1, 1, 2, 2, 3, 4)
LEAST_ACTIVE, MEAN_ACTIVE = 0.4, 0.7
REPLACED_A_DAY, SEEN_ONCE_A_DAY = 0.02, 0.02
LEAVES_OUT, LEAVES_OUT_THAT_DAY = 0.03, 0.004
SAYS_NO_STATE, REFUSES_ID, NEVER_UPDATES, BUILDS_ITS_OWN = 0.05, 0.02, 0.15, 0.003
CHANGES_PLATFORM, CHANGES_CHANNEL = 0.002, 0.006
STARTS_BEHIND, BEHIND_SECONDS = 0.3, 20 * DAY_SECONDS
UPDATES_BY_NIGHT, NIGHT_SECONDS = 0.5, 12 * 3600
LATER_MEAN_SECONDS, OVERDUE_MEAN_SECONDS = 3 * DAY_SECONDS, 2 * DAY_SECONDS
OWN_BUILD = "9.9.0"
NEVER = float("inf")

Key = tuple[str, str, str, str, str, str]
"""App, channel, platform, arch, version, state."""


@dataclass(slots=True)
class Install:
    """An app on a device, and the update it will make, in seconds from the start of the month."""

    app: str
    channel: str
    version: str
    target: str = ""
    due: float = NEVER


@dataclass(slots=True)
class Device:
    number: int
    platform: str
    arch: str
    activity: float
    leaves_out: str
    says_state: bool
    refuses_id: bool
    updates: bool
    installs: tuple[Install, ...] = ()


class Population:
    """About `size` devices at any time, of which seven in ten are active on a day."""

    def __init__(self, rng: Random, size: int, timelines: dict[str, Timeline]) -> None:
        self.rng = rng
        self.timelines = timelines
        self._arrived = 0
        self._requests: dict[Key, int] = {}
        self._devices: dict[Key, list[int]] = {}
        self._present = [self._arrive(0) for _ in range(size)]

    def live(self, day: int, on: date) -> Iterator[Row]:
        """The rows of the next day, which is the `day`th from 0; days are lived in order."""
        self._requests, self._devices = {}, {}
        if day:
            self._replace(day)
        for device in self._present:
            if self.rng.random() < device.activity:
                self._use(device, day)
        for _ in range(round(len(self._present) * SEEN_ONCE_A_DAY)):
            self._use(self._arrive(day), day)
        for key, requests in self._requests.items():
            yield Row(on, key[0], Cell(*key[1:]), requests, frozenset(self._devices[key]))

    def _replace(self, day: int) -> None:
        size = len(self._present)
        for place in self.rng.sample(range(size), round(size * REPLACED_A_DAY)):
            self._present[place] = self._arrive(day)

    def _arrive(self, day: int) -> Device:
        chance = self.rng.random
        self._arrived += 1
        device = Device(
            number=self._arrived,
            platform=self._pick(PLATFORM_WEIGHTS),
            arch=self._pick(ARCH_WEIGHTS),
            activity=LEAST_ACTIVE + chance() * 2 * (MEAN_ACTIVE - LEAST_ACTIVE),
            leaves_out=self._left_out(LEAVES_OUT),
            says_state=chance() >= SAYS_NO_STATE,
            refuses_id=chance() < REFUSES_ID,
            updates=chance() >= NEVER_UPDATES,
        )
        apps = [self._pick(APP_WEIGHTS) for share in (1, SECOND_APP, THIRD_APP) if chance() < share]
        device.installs = tuple(self._install(app, device, day) for app in dict.fromkeys(apps))
        return device

    def _pick(self, weights: dict[str, int]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _left_out(self, share: float) -> str:
        """The dimension left out, each of the three with that probability, or ""."""
        draw = self.rng.random()
        return ("channel", "platform", "arch")[int(draw / share)] if draw < 3 * share else ""

    def _install(self, app: str, device: Device, day: int) -> Install:
        """Mostly of the newest version that morning, sometimes of an older one, or self-built."""
        channel = self._pick(CHANNEL_WEIGHTS[app])
        draw = self.rng.random()
        if draw < BUILDS_ITS_OWN:
            return Install(app, channel, OWN_BUILD)
        stale = draw < STARTS_BEHIND or (day == 0 and not device.updates)
        moment = -self.rng.random() * BEHIND_SECONDS if stale else day * DAY_SECONDS
        version = self.timelines[app].newest(channel, device.platform, device.arch, moment)
        return Install(app, channel, version)

    def _use(self, device: Device, day: int) -> None:
        if self.rng.random() < CHANGES_PLATFORM:
            device.platform = self._pick(PLATFORM_WEIGHTS)
        left_out = device.leaves_out or self._left_out(LEAVES_OUT_THAT_DAY)
        for place, install in enumerate(device.installs):
            if place == 0 or self.rng.random() < OPENS_OTHER_APP:
                if self.rng.random() < CHANGES_CHANNEL:
                    self._change_channel(device, install, day)
                self._check(device, install, left_out, day)

    def _change_channel(self, device: Device, install: Install, day: int) -> None:
        """What the new channel has is installed if it is newer."""
        install.channel = self._pick(CHANNEL_WEIGHTS[install.app])
        timeline = self.timelines[install.app]
        newest = timeline.newest(install.channel, device.platform, device.arch, day * DAY_SECONDS)
        install.version = max(install.version, newest, key=version_order)

    def _check(self, device: Device, install: Install, left_out: str, day: int) -> None:
        start, end = day * DAY_SECONDS, (day + 1) * DAY_SECONDS
        checks = CHECKS_A_DAY[int(self.rng.random() * len(CHECKS_A_DAY))]
        due = self._due(device, install, start)
        if due >= end and not self.timelines[install.app].changes_on(day):
            self._count(device, install, left_out, start, checks)
            return
        moments = [start + self.rng.random() * DAY_SECONDS for _ in range(checks)]
        # A client that has just updated starts anew and asks again.
        moments += [due] if start <= due < end else []
        for moment in sorted(moments):
            if moment >= due:
                install.version = install.target
            self._count(device, install, left_out, moment, 1)

    def _due(self, device: Device, install: Install, start: float) -> float:
        """When this install will update, decided when its device first meets the offer."""
        if not device.updates:
            return NEVER
        offer = self.timelines[install.app].offer(
            install.channel, device.platform, device.arch, install.version, start + DAY_SECONDS - 1
        )
        if offer is None:
            return NEVER
        if install.target != offer.version:
            install.target, install.due = offer.version, offer.published + self._hesitation()
            if offer.published < start:
                overdue = start + self.rng.expovariate(1 / OVERDUE_MEAN_SECONDS)
                install.due = max(install.due, overdue)
        return install.due

    def _hesitation(self) -> float:
        """Seconds from a release at noon: half of the devices by night, ever fewer from then on."""
        if self.rng.random() < UPDATES_BY_NIGHT:
            return self.rng.random() * NIGHT_SECONDS
        return NIGHT_SECONDS + self.rng.expovariate(1 / LATER_MEAN_SECONDS)

    def _count(self, device: Device, install: Install, left_out: str, moment: float, checks: int) -> None:
        key = (
            install.app,
            "" if left_out == "channel" else install.channel,
            "" if left_out == "platform" else device.platform,
            "" if left_out == "arch" else device.arch,
            install.version,
            self._state(device, install, moment) if device.says_state else UNKNOWN,
        )
        self._requests[key] = self._requests.get(key, 0) + checks
        devices = self._devices.setdefault(key, [])
        if not device.refuses_id:
            devices.append(device.number)

    def _state(self, device: Device, install: Install, moment: float) -> str:
        """What the client believes at that moment, from its real platform and channel."""
        offer = self.timelines[install.app].offer(
            install.channel, device.platform, device.arch, install.version, moment
        )
        return LATEST if offer is None else OUTDATED
