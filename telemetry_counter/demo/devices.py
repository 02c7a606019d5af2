"""The made-up devices of a program: what each is, how often it is on, and when it took which version."""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.demo.programs import BETA, Program, Version

FIRST_DAYS_AGO = 400
"""When the first device joined; the others came since, a little faster every week."""

WORKING_DAY, WEEKEND = 1.0, 0.66

REFUSES_UPDATES = 0.06
USUAL_DELAY_DAYS = 2.4


@dataclass(frozen=True, slots=True)
class Device:
    """`eagerness`: how likely it is on, on a working day. `steps`: since how many days ago it runs what."""

    id: bytes
    joined_days_ago: float
    eagerness: float
    channel: str
    platform: str
    arch: str
    steps: tuple[tuple[float, str], ...]

    def version(self, days_ago: int) -> str:
        return next(
            (version for since, version in reversed(self.steps) if since >= days_ago), self.steps[0][1]
        )


def devices_of(program: Program, owner: str, seed: int, share: float = 1.0) -> Iterator[Device]:
    """Those that joined first come first. `share`: how many of the program's devices are made."""
    chance = random.Random(f"{seed}/{program.name}/devices")  # noqa: S311
    number = int(program.devices * share)
    for place in range(number):
        joined = FIRST_DAYS_AGO * (1 - place / number) ** 1.25
        channel = _draw(chance, program.channels)
        platform, arch, _, slowness = chance.choices(
            program.platforms, [one[2] for one in program.platforms]
        )[0]
        yield Device(
            id=f"{owner}/{program.name}/{place}".encode(),
            joined_days_ago=joined,
            eagerness=chance.random() ** 0.55,
            channel=channel,
            platform=platform,
            arch=arch,
            steps=tuple(_steps(chance, program.versions, channel, joined, slowness)),
        )


def _steps(
    chance: random.Random, versions: Sequence[Version], channel: str, joined: float, slowness: float
) -> Iterator[tuple[float, str]]:
    """A device begins with what was newest when it joined, and takes each later version after some days."""
    offered = [one for one in versions if one.channel in ("", channel)]
    first = [one for one in offered if one.days_ago >= joined and one.withdrawn_days_ago is None][
        -1:
    ] or offered[:1]
    yield 9_999.0, first[0].name
    stays_behind = chance.random() < REFUSES_UPDATES
    patience = chance.expovariate(1 / (USUAL_DELAY_DAYS * slowness))
    for version in offered:
        taken = version.days_ago - patience * chance.uniform(0.3, 1.6)
        if stays_behind or version.days_ago >= joined or not _is_offered(chance, version, taken):
            continue
        if version.channel == BETA or channel != BETA or not _has_beta_before(offered, version):
            yield min(taken, joined), version.name


def _is_offered(chance: random.Random, version: Version, taken: float) -> bool:
    if version.withdrawn_days_ago is not None and taken <= version.withdrawn_days_ago:
        return False
    return version.rollout is None or chance.random() * 100 < version.rollout


def _has_beta_before(offered: Sequence[Version], version: Version) -> bool:
    """Whoever has a beta of what comes next does not go back to a stable version."""
    return any(one.channel == BETA and one.days_ago > version.days_ago for one in offered)


def awake(devices: Iterable[Device], day: dt.date, days_ago: int, chance: random.Random) -> Iterator[Device]:
    """Those that are on that day."""
    usual = WEEKEND if day.weekday() >= 5 else WORKING_DAY
    for device in devices:
        if device.joined_days_ago >= days_ago and chance.random() < device.eagerness * usual:
            yield device


class Cells:
    """The cell of a device on a day; each is made once."""

    def __init__(self, owner: str, app: str) -> None:
        self._owner = owner
        self._app = app
        self._known: dict[tuple[str, str, str, str], Cell] = {}

    def of(self, device: Device, days_ago: int) -> Cell:
        channel, platform, arch = device.channel, device.platform, device.arch
        version = device.version(days_ago)
        cell = self._known.get((channel, platform, arch, version))
        if cell is None:
            cell = Cell(Check(self._owner, self._app, version, channel, platform, arch, "", ""))
            self._known[channel, platform, arch, version] = cell
        return cell


def _draw(chance: random.Random, choices: Sequence[tuple[str, int]]) -> str:
    return chance.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
