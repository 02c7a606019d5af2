"""The figures of a selection, before they take the shape of a report."""

import datetime as dt

import msgspec


class Clients(msgspec.Struct, frozen=True):
    """Devices; those neither latest nor outdated are of unknown state."""

    unique: int = 0
    latest: int = 0
    outdated: int = 0


class DayFigures(msgspec.Struct, frozen=True):
    requests: int = 0
    clients: Clients = Clients()


class Figures(msgspec.Struct, frozen=True):
    """`devices`: those of each value, such as 'v:1.2.3'; `clients`: those of all days together."""

    days: dict[dt.date, DayFigures]
    clients: Clients
    devices: dict[str, int]
    active_apps: set[str]
    refusals: dict[str, int]
    overflow: dict[str, int]

    @property
    def requests(self) -> int:
        return sum(day.requests for day in self.days.values())

    def under(self, prefix: str) -> dict[str, int]:
        """Devices of the values of a dimension ('v:', 'c:', 'p:', 'a:')."""
        cut = len(prefix)
        return {figure[cut:]: n for figure, n in self.devices.items() if figure.startswith(prefix)}
