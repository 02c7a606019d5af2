"""Filling a store with a month of devices, past the service: sketches are written in bulk."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product

from redis import Redis

from telemetry_counter.counting.clock import expires_at
from telemetry_counter.counting.devices import HASH_BYTES
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.store.keys import Keys

ADMIN = "acme"
RETENTION_DAYS = 30
CHANNELS = ("stable", "beta", "nightly", "lts")
PLATFORMS = ("linux", "windows", "darwin", "android")
ARCHS = ("amd64", "arm64", "universal")
VERSIONS = tuple(f"1.{minor}.0" for minor in range(16))
CELLS = tuple(product(CHANNELS, PLATFORMS, ARCHS, VERSIONS))
DIMENSIONS = ("c:", "p:", "a:", "v:")

RUSH_CELLS, RUSH_SHARE = 20, 0.8
"""A realistic long tail: 80 % of the devices are in 20 of the 768 cells."""

DEVICES_AT_ONCE, COMMANDS_AT_ONCE = 2_000, 100


@dataclass(frozen=True)
class Month:
    """31 days up to `today`; a fifth of a day's devices are new on it, and each keeps its cell."""

    devices_a_day: int
    today: dt.date
    long_tail: bool = False

    @property
    def days(self) -> list[dt.date]:
        return [self.today - dt.timedelta(days=back) for back in range(RETENTION_DAYS, -1, -1)]

    @cached_property
    def hashes(self) -> bytes:
        return random.Random(self.devices_a_day).randbytes(HASH_BYTES * self.devices_a_day * 8)

    def devices(self, day: int, cell: int) -> Iterator[bytes]:
        """Hashes of the devices of that cell on the day of that number."""
        first = day * self.devices_a_day // 5
        for start, stop, step in self._places(first, cell):
            for at in range(start * HASH_BYTES, stop * HASH_BYTES, step * HASH_BYTES):
                yield self.hashes[at : at + HASH_BYTES]

    def _places(self, first: int, cell: int) -> list[tuple[int, int, int]]:
        if not self.long_tail:
            return [_every(len(CELLS), cell, first, first + self.devices_a_day)]
        # Of every 100 devices in a row the first 80 are in the rush.
        rush, rest = round(100 * RUSH_SHARE), 100 - round(100 * RUSH_SHARE)
        if cell < RUSH_CELLS:
            own = range(cell, rush, RUSH_CELLS)
            return [_every(100, one, first, first + self.devices_a_day) for one in own]
        step = 100 * (len(CELLS) - RUSH_CELLS) // rest + 1
        at = 100 * ((cell - RUSH_CELLS) // rest) + rush + (cell - RUSH_CELLS) % rest
        return [_every(step - step % 100 + 100, at, first, first + self.devices_a_day)]


def _every(step: int, at: int, first: int, last: int) -> tuple[int, int, int]:
    """The places from `first` to before `last` that are `at` in every `step`."""
    return first + (at - first) % step, last, step


def fill(client: Redis, keys: Keys, month: Month, app: str) -> None:
    for number, day in enumerate(month.days):
        _fill_day(client, keys, month, app, number, day)


def _fill_day(client: Redis, keys: Keys, month: Month, app: str, number: int, day: dt.date) -> None:
    own = keys.admin(ADMIN)
    requests: dict[str, int] = {}
    counters: dict[str, int] = {"all": 0}
    sources: dict[str, list[str]] = {"all": []}
    written: list[str] = []
    with client.pipeline(transaction=False) as pipeline:
        for place, values in enumerate(CELLS):
            cell = ",".join((*values, ""))
            key = own.sketch(day, app, "x:" + cell)
            devices = month.devices(number, place)
            while some := list(islice(devices, DEVICES_AT_ONCE)):
                pipeline.pfadd(key, *some)
                requests[cell] = requests.get(cell, 0) + len(some)
            if cell not in requests:
                continue
            written.append(key)
            for figure in ("all", *map("".join, zip(DIMENSIONS, values, strict=True))):
                counters[figure] = counters.get(figure, 0) + requests[cell]
                sources.setdefault(figure, []).append(key)
            if len(pipeline) >= COMMANDS_AT_ONCE:
                pipeline.execute()
        for figure, of_figure in sources.items():
            pipeline.pfmerge(own.sketch(day, app, figure), *of_figure)
            written.append(own.sketch(day, app, figure))
        pipeline.hset(own.counters(day, app), mapping=counters)  # type: ignore[arg-type]
        pipeline.hset(own.cells(day, app), mapping=requests)  # type: ignore[arg-type]
        pipeline.hset(own.active_apps(day), app, counters["all"])
        for key in (*written, own.counters(day, app), own.cells(day, app), own.active_apps(day)):
            pipeline.expireat(key, expires_at(day, RETENTION_DAYS))
        pipeline.execute()


def copy_app(client: Redis, keys: Keys, month: Month, app: str, new: str) -> None:
    """Another app with the same devices, day for day."""
    own = keys.admin(ADMIN)
    marginals = ["all", *("c:" + c for c in CHANNELS), *("p:" + p for p in PLATFORMS)]
    marginals += [*("a:" + a for a in ARCHS), *("v:" + v for v in VERSIONS)]
    fields = [*marginals, *("x:" + ",".join((*values, "")) for values in CELLS)]
    for day in month.days:
        with client.pipeline(transaction=False) as pipeline:
            for field in fields:
                pipeline.copy(own.sketch(day, app, field), own.sketch(day, new, field))
            pipeline.copy(own.counters(day, app), own.counters(day, new))
            pipeline.copy(own.cells(day, app), own.cells(day, new))
            pipeline.hset(own.active_apps(day), new, month.devices_a_day)
            pipeline.execute()


LEADS = {"nightly": 0, "beta": 1, "stable": 2, "lts": 5}
"""By how many versions each channel is behind the newest."""


def releases(month: Month, app: str) -> list[Release]:
    """Each channel has a highest version of its own, a new one every five days."""
    midnight = dt.datetime.combine(month.today, dt.time(), dt.UTC)
    return [
        release_from_input(
            app=app,
            version=f"1.{max(0, minor - behind)}.0",
            channel=channel,
            published=midnight - dt.timedelta(days=5 * (15 - minor), hours=-10),
        )
        for minor in range(8, 16)
        for channel, behind in LEADS.items()
    ]
