"""Counts of one day: how often each event, and each value of its properties, was seen. Bounded in size."""

from collections.abc import Mapping

from telemetry_counter.client import shapes
from telemetry_counter.client.names import OTHER, is_name, is_value

MAX_EVENTS = 100
MAX_PROPERTIES = 20
"""Per event."""
MAX_VALUES = 50
"""Per property, (other) included."""
MAX_COUNT = 1_000_000_000
MAX_BYTES = 60_000
"""Of the events in JSON: 64 KiB, the service's limit for a body, less the rest of the body."""

# What an entry takes in compact JSON besides its name, with the longest count and its comma.
# A property, and the whole, pay for their (other) in advance, so that folding always has room.
_VALUE_BYTES = len('"":1000000000,')
_PROPERTY_BYTES = len('"":{},') + len(OTHER) + _VALUE_BYTES
_EVENT_BYTES = len('{"name":"","count":1000000000,"properties":{}},')

WireEvent = dict[str, object]
"""{"name": str, "count": int, "properties": {name: {value: count}}}"""


class Tally:
    __slots__ = ("count", "properties")

    def __init__(self) -> None:
        self.count = 0
        self.properties: dict[str, dict[str, int]] = {}


class Summary:
    """Adds up; what is past a bound is counted as (other), so that the totals stay right."""

    __slots__ = ("_size", "events")

    def __init__(self) -> None:
        self.events: dict[str, Tally] = {}
        self._size = len("[]") + len(OTHER) + _EVENT_BYTES

    def add(self, event: str, properties: Mapping[str, str]) -> None:
        tally = self._count_event(event, 1)
        for name, value in properties.items():
            self._count_value(tally, name, value, 1)

    def merge(self, other: "Summary") -> None:
        for event, theirs in other.events.items():
            mine = self._count_event(event, theirs.count)
            for name, values in theirs.properties.items():
                for value, count in values.items():
                    self._count_value(mine, name, value, count)

    def wire(self) -> list[WireEvent]:
        return [
            {"name": name, "count": tally.count, "properties": tally.properties}
            for name, tally in self.events.items()
        ]

    def _count_event(self, event: str, times: int) -> Tally | None:
        """The event's tally; None where it was folded into (other), which has no properties."""
        if event not in self.events and not self._has_room_for(event):
            event = OTHER
        tally = self.events.setdefault(event, Tally())
        tally.count = min(MAX_COUNT, tally.count + times)
        return None if event == OTHER else tally

    def _has_room_for(self, event: str) -> bool:
        names = len(self.events) - (OTHER in self.events)
        return names < MAX_EVENTS - 1 and self._take(len(event) + _EVENT_BYTES)

    def _count_value(self, tally: Tally | None, name: str, value: str, times: int) -> None:
        values = self._values(tally, name) if tally else None
        if values is None:
            return
        if value not in values and not self._has_room_among(values, value):
            value = OTHER
        values[value] = min(MAX_COUNT, values.get(value, 0) + times)

    def _values(self, tally: Tally, name: str) -> dict[str, int] | None:
        if name not in tally.properties:
            if len(tally.properties) >= MAX_PROPERTIES or not self._take(len(name) + _PROPERTY_BYTES):
                return None
            tally.properties[name] = {}
        return tally.properties[name]

    def _has_room_among(self, values: dict[str, int], value: str) -> bool:
        distinct = len(values) - (OTHER in values)
        return value != OTHER and distinct < MAX_VALUES - 1 and self._take(len(value) + _VALUE_BYTES)

    def _take(self, size: int) -> bool:
        if self._size + size > MAX_BYTES:
            return False
        self._size += size
        return True


def parse_events(events: object) -> Summary:
    """The reverse of `wire`; ValueError for anything that is not of its shape."""
    summary = Summary()
    for event in map(shapes.mapping, shapes.items(events)):
        tally = summary._count_event(_name(event.get("name")), _count(event.get("count")))
        for name, values in shapes.mapping(event.get("properties")).items():
            for value, times in shapes.mapping(values).items():
                summary._count_value(tally, _name(name), _value(value), _count(times))
    return summary


def _name(name: object) -> str:
    if name != OTHER and not is_name(name):
        raise ValueError("not a name")
    return shapes.text(name)


def _value(value: str) -> str:
    if value != OTHER and not is_value(value):
        raise ValueError("not a value")
    return value


def _count(count: object) -> int:
    return shapes.whole(count, 1, MAX_COUNT)
