"""The figures of a selection, before they take the shape of a report."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.slices import LATEST, OUTDATED


class Clients(msgspec.Struct, frozen=True):
    """Devices; those neither latest nor outdated are of unknown state."""

    unique: int = 0
    latest: int = 0
    outdated: int = 0


class DayFigures(msgspec.Struct, frozen=True, omit_defaults=True):
    """`versions`: devices by version, of a report on a single app."""

    requests: int = 0
    clients: Clients = Clients()
    versions: dict[str, int] = {}


class Figures(msgspec.Struct, frozen=True):
    """`devices` by figure: 'all', 'latest', 'outdated' and values such as 'v:1.2.3'."""

    days: dict[dt.date, DayFigures]
    devices: dict[str, int]
    active_apps: set[str]
    refusals: dict[str, int]
    overflow: dict[str, int]

    @property
    def requests(self) -> int:
        return sum(day.requests for day in self.days.values())

    @property
    def clients(self) -> Clients:
        return clients(self.devices)

    def under(self, prefix: str) -> dict[str, int]:
        """Devices of the values of a dimension ('v:', 'c:', 'p:', 'a:')."""
        cut = len(prefix)
        return {figure[cut:]: n for figure, n in self.devices.items() if figure.startswith(prefix)}


def clients(devices: Mapping[str, int]) -> Clients:
    return Clients(devices.get(ALL, 0), devices.get(LATEST, 0), devices.get(OUTDATED, 0))
