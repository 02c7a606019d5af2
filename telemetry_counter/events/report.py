"""The report of events as it goes out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.events.dimensions import ALL, By
from telemetry_counter.events.tally import VERSION_OF, Figure
from telemetry_counter.releases.versions import version_key
from telemetry_counter.reporting.report import ACCURACY
from telemetry_counter.reporting.selection import Selection

OVERFLOWED = {
    By.CHANNEL: "channels",
    By.PLATFORM: "platforms",
    By.ARCH: "architectures",
    By.VERSION: "versions",
    By.EVENT: "events",
    By.BUILD: "builds",
    By.VALUE: "values",
}


@dataclass(frozen=True)
class EventFigures:
    """`overflow`: what went to (other), by prefix."""

    counts: Mapping[Figure, int]
    devices: Mapping[Figure, int]
    active_apps: int
    overflow: Mapping[str, int]
    refusals: Mapping[str, int]

    def of(self, *figure: str) -> dict[str, int]:
        return {"count": self.counts.get(figure, 0), "client_count": self.devices.get(figure, 0)}

    def under(self, *start: str) -> dict[str, dict[str, int]]:
        """The figures of one more part than `start`, by that part: most devices first, (other) last."""
        found = sorted(self._groups.get(start, ()), key=self._place)
        return {figure[-1]: self.of(*figure) for figure in found}

    def properties(self, event: str) -> list[str]:
        names = {start[2] for start in self._groups if start[:2] == (By.VALUE, event)}
        return sorted(names, key=lambda name: (name == OTHER, name))

    @cached_property
    def _groups(self) -> dict[Figure, list[Figure]]:
        groups: dict[Figure, list[Figure]] = {}
        for figure in self.counts:
            groups.setdefault(figure[:-1], []).append(figure)
        return groups

    def _place(self, figure: Figure) -> tuple[object, ...]:
        name = figure[-1]
        return (name == OTHER, -self.devices.get(figure, 0), -self.counts[figure], version_key(name), name)


def build(admin: str, selection: Selection, figures: EventFigures) -> dict[str, Any]:
    events = figures.under(By.EVENT)
    overflow = {name: figures.overflow.get(prefix, 0) for prefix, name in OVERFLOWED.items()}
    return {
        "date": selection.days[0].isoformat(),
        "date_range": [day.isoformat() for day in selection.days],
        "admin": admin,
        "summary": {
            "total_events": figures.counts.get((ALL,), 0),
            "unique_clients": figures.devices.get((ALL,), 0),
            "total_active_apps": figures.active_apps,
            "event_names_count": len(events.keys() - {OTHER}),
        },
        "events": [_event(name, of, selection, figures) for name, of in events.items()],
        "versions": _rows("version", figures.under(By.VERSION)),
        "platforms": _rows("platform", figures.under(By.PLATFORM)),
        "architectures": _rows("arch", figures.under(By.ARCH)),
        "channels": _rows("channel", figures.under(By.CHANNEL)),
        "daily_stats": [
            {
                "date": date,
                "total_events": figures.counts.get((date, ALL), 0),
                "unique_clients": figures.devices.get((date, ALL), 0),
            }
            for date in _dates(selection)
        ],
        "refusals": dict(sorted(figures.refusals.items())),
        "overflow": overflow,
        "accuracy": ACCURACY,
        "notes": notes(selection, overflow),
    }


def notes(selection: Selection, overflow: Mapping[str, int]) -> list[str]:
    """Sentences on what the figures cannot tell."""
    said = [
        f"There were more {name} than are told apart a day: {count} events are counted under {OTHER}."
        for name, count in overflow.items()
        if count
    ]
    if selection.filters:
        said.append(
            "Properties are not kept by channel, platform or architecture, so they are left out where a "
            "filter is set."
        )
    said.append("Refusals are those of all requests of the apps, update checks and pages included.")
    return said


def _event(name: str, of: dict[str, int], selection: Selection, figures: EventFigures) -> dict[str, Any]:
    return {
        "event": name,
        **of,
        "versions": _rows("version", figures.under(VERSION_OF, name)),
        "properties": _properties(name, figures),
        "daily": [{"date": date, **figures.of(date, By.EVENT, name)} for date in _dates(selection)],
    }


def _properties(event: str, figures: EventFigures) -> list[dict[str, Any]]:
    return [
        {"property": name, "values": _rows("value", figures.under(By.VALUE, event, name))}
        for name in figures.properties(event)
    ]


def _rows(key: str, found: Mapping[str, dict[str, int]]) -> list[dict[str, Any]]:
    return [{key: name, **of} for name, of in found.items()]


def _dates(selection: Selection) -> Iterable[str]:
    return (day.isoformat() for day in selection.days)
