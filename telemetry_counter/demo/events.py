"""What the made-up editor's client library reports: a day's summaries, each of one device."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from telemetry_counter.demo.devices import Device, awake
from telemetry_counter.events.declaration import Declaration, DeclaredEvent, Property
from telemetry_counter.events.summary import Event, Summary

CONSENTING = 22
"""Every so manieth device's user has agreed to send events."""

CRASHING = "2.4.2"
UNUSUAL_DAYS_AGO = 7
"""A day on which people gave their presets names: more than are told apart."""

Chances = tuple[tuple[str, int], ...]
KINDS: Chances = (("text", 46), ("markdown", 31), ("code", 17), ("table", 6))
FORMATS: Chances = (("pdf", 58), ("html", 21), ("docx", 16), ("svg", 5))
THEMES: Chances = (("system", 52), ("dark", 35), ("light", 13))
PLUGINS: Chances = (("spell-check", 44), ("git", 27), ("vim-keys", 18), ("diagrams", 11))
WHERE: Chances = (("saving", 70), ("rendering", 20), ("plugin", 10))

DECLARATION = Declaration(
    events={
        "started": DeclaredEvent(
            "The editor was started.", {"theme": Property("Which theme is set.", tuple(n for n, _ in THEMES))}
        ),
        "opened": DeclaredEvent(
            "A document was opened.", {"kind": Property("What kind it is of.", tuple(n for n, _ in KINDS))}
        ),
        "exported": DeclaredEvent(
            "A document was exported.",
            {
                "format": Property("Into which format.", tuple(n for n, _ in FORMATS)),
                "preset": Property("With which preset."),
            },
        ),
        "plugin-enabled": DeclaredEvent("A plugin was switched on.", {"name": Property("Which one.")}),
        "crashed": DeclaredEvent("The editor ended unexpectedly.", {"while": Property("What it was doing.")}),
    },
    read_more="https://docs.example.org/telemetry",
)


@dataclass(frozen=True, slots=True)
class Day:
    """One device's day, as it comes about."""

    chance: random.Random
    device: Device
    version: str
    is_unusual: bool

    def events(self) -> Iterator[Event]:
        starts = 1 + self.chance.randrange(3)
        yield Event("started", starts, {"theme": {_draw(self._settled, THEMES): starts}})
        opened = _counted(self.chance, KINDS, self.chance.randrange(1, 14))
        yield Event("opened", sum(opened.values()), {"kind": opened})
        if self.chance.random() < 0.34:
            yield self._exported()
        if self.chance.random() < 0.05:
            yield Event("plugin-enabled", 1, {"name": {_draw(self.chance, PLUGINS): 1}})
        if self.chance.random() < (0.4 if self.version == CRASHING else 0.006):
            yield Event("crashed", 1, {"while": {_draw(self.chance, WHERE): 1}})

    def _exported(self) -> Event:
        formats = _counted(self.chance, FORMATS, self.chance.randrange(1, 5))
        names = (
            [f"Preset {self.chance.randrange(10_000)}" for _ in range(14)] if self.is_unusual else ["default"]
        )
        return Event(
            "exported", sum(formats.values()), {"format": formats, "preset": dict.fromkeys(names, 1)}
        )

    @property
    def _settled(self) -> random.Random:
        """What a device has once chosen, it keeps."""
        return random.Random(self.device.id)  # noqa: S311


def summaries_of(
    owner: str, app: str, devices: Sequence[Device], day: dt.date, days_ago: int, share: float, seed: int
) -> Iterator[tuple[Device, Summary]]:
    chance = random.Random(f"{seed}/events/{day}")  # noqa: S311
    for device in awake(devices[::CONSENTING], day, days_ago, chance):
        if share < 1 and chance.random() > share:
            continue
        version = device.version(days_ago)
        of_day = Day(chance, device, version, days_ago == UNUSUAL_DAYS_AGO)
        yield (
            device,
            Summary(
                app_name=app,
                version=version,
                day=day,
                batch_id=UUID(int=chance.getrandbits(128), version=4),
                events=tuple(of_day.events()),
                owner=owner,
                channel=device.channel,
                platform=device.platform,
                arch=device.arch,
            ),
        )


def _counted(chance: random.Random, choices: Chances, number: int) -> dict[str, int]:
    drawn = [_draw(chance, choices) for _ in range(number)]
    return {name: drawn.count(name) for name in dict.fromkeys(drawn)}


def _draw(chance: random.Random, choices: Chances) -> str:
    return chance.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
