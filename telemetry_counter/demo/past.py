"""The plain figures of the days before those that are still kept."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from telemetry_counter.demo.devices import Device, awake
from telemetry_counter.demo.programs import Program
from telemetry_counter.reporting.history import DayRecord, Record

SAMPLE = 16
"""One device stands for so many."""


def records(
    devices: Mapping[Program, Sequence[Device]], today: dt.date, days_ago: Iterable[int], seed: int
) -> dict[dt.date, DayRecord]:
    samples = {program: some[::SAMPLE] for program, some in devices.items()}
    return {
        today - dt.timedelta(days=ago): _day(samples, today, ago, random.Random(f"{seed}/past/{ago}"))  # noqa: S311
        for ago in days_ago
    }


def _day(
    samples: Mapping[Program, Sequence[Device]], today: dt.date, days_ago: int, chance: random.Random
) -> DayRecord:
    day = today - dt.timedelta(days=days_ago)
    apps = {
        program.name: _record(program, list(awake(some, day, days_ago, chance)), days_ago, chance)
        for program, some in samples.items()
    }
    return DayRecord(
        every=_sum(apps.values()), apps={name: one for name, one in apps.items() if one.requests}
    )


def _record(program: Program, some: Sequence[Device], days_ago: int, chance: random.Random) -> Record:
    if not some:
        return Record()
    versions = Counter(device.version(days_ago) for device in some)
    newest = [one.name for one in program.versions if not one.channel and one.days_ago >= days_ago][-1:]
    latest = SAMPLE * sum(versions[name] for name in newest)
    unique = SAMPLE * len(some) + chance.randrange(SAMPLE)
    return Record(
        requests=round(unique * chance.uniform(1.95, 2.05)),
        unique=unique,
        latest=latest,
        outdated=unique - latest,
        versions=_scaled(versions),
        platforms=_scaled(Counter(device.platform for device in some)),
        architectures=_scaled(Counter(device.arch for device in some)),
        channels=_scaled(Counter(device.channel for device in some)),
    )


def _scaled(sampled: Mapping[str, int]) -> dict[str, int]:
    return {name: number * SAMPLE for name, number in sampled.items()}


def _sum(records: Iterable[Record]) -> Record:
    """No device runs two of the programs."""
    some = list(records)
    return Record(
        requests=sum(one.requests for one in some),
        unique=sum(one.unique for one in some),
        latest=sum(one.latest for one in some),
        outdated=sum(one.outdated for one in some),
        versions=_merged(one.versions for one in some),
        platforms=_merged(one.platforms for one in some),
        architectures=_merged(one.architectures for one in some),
        channels=_merged(one.channels for one in some),
    )


def _merged(devices: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return dict(sum(map(Counter, devices), Counter[str]()))
