"""What the closed days of a selection came to, kept so that the next report need not ask them again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.reporting.figures import DayFigures
from telemetry_counter.reporting.judgement import bench_of
from telemetry_counter.reporting.selection import Selection

EDITION = 4
"""Changes whenever what is kept, or what it means, does."""


class Union(msgspec.Struct, frozen=True, array_like=True):
    """Devices of a figure, and the keys of the sketches that hold them (none where no day can be added)."""

    devices: int = 0
    sketches: tuple[str, ...] = ()


class Rolled(msgspec.Struct, frozen=True):
    days: dict[dt.date, DayFigures]
    unions: dict[str, Union]
    active_apps: list[str]
    refusals: dict[str, int]
    overflow: dict[str, int]

    @property
    def devices(self) -> dict[str, int]:
        return {figure: union.devices for figure, union in self.unions.items()}


def digest(
    selection: Selection,
    closed: Sequence[dt.date],
    counted: Sequence[Mapping[str, int]],
    revisions: Sequence[int],
    histories: Mapping[str, ReleaseHistory],
    end: dt.datetime,
) -> str:
    """Names everything that the figures of the closed days depend on, so that what it names never changes.

    `counted`: checks by app for each closed day, which tell even of a hit that came late. `revisions`: how
    often each was changed since. `end`: when the range is judged.
    """
    judges = [(app, bench_of(history)) for app, history in histories.items()]
    named = (
        EDITION,
        [day.toordinal() for day in closed],
        len(selection.days) > len(closed),
        (selection.filters.channels, selection.filters.platforms, selection.filters.architectures),
        [[day.get(app, 0) for app in selection.apps] for day in counted],
        revisions,
        [(app, bench.digest, str(bench.settled(end))) for app, bench in judges],
    )
    return blake2b(repr(named).encode(), digest_size=16).hexdigest()
