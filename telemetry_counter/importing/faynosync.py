"""What a faynoSync's Redis holds of one app's day, as cells of our own.

Its keys are stats:OWNER:APP:KIND:YYYY-MM-DD, with :VALUE behind those that have a set for each value. Every
set holds raw ids, so each device's sets are put together again: what it was seen with on that day. Where it
was seen with two platforms and two channels, every pair of them counts, as in faynoSync's own filters.

Requests are one number a day there. Each device made at least one with all it was seen with; of the rest
nobody knows with what, so they are kept in a cell without values: see docs/decisions/faynosync.md.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from telemetry_counter.counting import names
from telemetry_counter.counting.batch import Batch, Sum, Value
from telemetry_counter.counting.checks import LATEST, OUTDATED, UNKNOWN, Cell, Check
from telemetry_counter.counting.names import UNPLACED, Name

PATTERN = "stats:*"
REQUESTS, CLIENTS = "requests", "unique_clients"
ON_LATEST, ON_OUTDATED = "clients_using_latest_version", "clients_outdated"
VALUED: Mapping[str, Name] = {
    "channels": names.CHANNEL,
    "platforms": names.PLATFORM,
    "architectures": names.ARCH,
    "version_usage": names.VERSION,
}
"""Kinds with a set for each value, in the order of a cell's values."""

_KEY = re.compile(
    rf"stats:([^:]+):([^:]+):(?:({REQUESTS}|{CLIENTS}|{ON_LATEST}|{ON_OUTDATED})|({'|'.join(VALUED)}))"
    r":(\d{4}-\d\d-\d\d)(?:(?<=[^:]):(.+))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class AppDay:
    owner: str
    app: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class SourceKey:
    """One key of a faynoSync; `value` is '' where its kind has none."""

    of: AppDay
    kind: str
    value: str
    key: str


def parse_key(key: str) -> SourceKey | None:
    """None for what is no figure of a day (known_versions) or not faynoSync's."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    owner, app, plain, valued, date, value = match.groups()
    if bool(valued) != bool(value):
        return None
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return None
    return SourceKey(AppDay(owner, app, day), plain or valued, value or "", key)


def check_key(key: SourceKey) -> None:
    """Raises InvalidInput for a name that nothing can be counted under here."""
    names.OWNER.check(key.of.owner)
    names.APP.check(key.of.app)
    if key.value:
        VALUED[key.kind].check(key.value)


Seen = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str], str]
"""What a device was seen with on one day: channels, platforms, archs, versions, and its state."""

NOTHING: Seen = (frozenset(), frozenset(), frozenset(), frozenset(), UNKNOWN)


class Sightings:
    """Grows set by set. `devices` are hashes; raw ids end before here."""

    def __init__(self) -> None:
        self._of: dict[bytes, int] = {}
        self._kinds: list[Seen] = [NOTHING]
        self._numbers: dict[Seen, int] = {NOTHING: 0}
        self._next: dict[tuple[int, str, str], int] = {}

    def add(self, kind: str, value: str, devices: Iterable[bytes]) -> None:
        """A device is kept as a number of what it was seen with: most share theirs with many."""
        for device in devices:
            step = (self._of.get(device, 0), kind, value)
            number = self._next.get(step)
            if number is None:
                number = self._next[step] = self._number(with_value(self._kinds[step[0]], kind, value))
            self._of[device] = number

    def _number(self, seen: Seen) -> int:
        number = self._numbers.setdefault(seen, len(self._kinds))
        if number == len(self._kinds):
            self._kinds.append(seen)
        return number

    def groups(self) -> dict[Seen, list[bytes]]:
        """Devices by what they were seen with, in the same order at every run."""
        grouped: dict[int, list[bytes]] = {}
        for device in sorted(self._of):
            grouped.setdefault(self._of[device], []).append(device)
        by_seen = {self._kinds[number]: devices for number, devices in grouped.items()}
        return dict(sorted(by_seen.items(), key=lambda item: _order(item[0])))


def _order(seen: Seen) -> tuple[object, ...]:
    return (*(sorted(values) for values in seen[:4]), seen[4])


def with_value(seen: Seen, kind: str, value: str) -> Seen:
    channels, platforms, archs, versions, state = seen
    added = frozenset({value})
    match kind:
        case "channels":
            channels |= added
        case "platforms":
            platforms |= added
        case "architectures":
            archs |= added
        case "version_usage":
            versions |= added
        case "clients_using_latest_version":
            state = LATEST
        case "clients_outdated":
            state = state or OUTDATED
        case _:
            pass
    return channels, platforms, archs, versions, state


def build_batch(of: AppDay, sightings: Sightings, requests: int) -> Batch:
    """One app's day of `requests`, or of as many as its devices must have made if that is more."""
    groups = sightings.groups()
    placed = sum(len(devices) * len(combinations(seen)) for seen, devices in groups.items())
    is_whole = placed <= requests
    batch = Batch(of.owner, of.day)
    for seen, devices in groups.items():
        for values in combinations(seen) if is_whole else diagonal(seen):
            _put(batch, of, values, seen[4], devices)
    known = sum(one.requests for one in batch.cells.values())
    if requests > known:
        _put_requests(batch, of, requests - known)
    batch.hits = max(requests, known)
    return batch


def combinations(seen: Seen) -> list[tuple[str, ...]]:
    """Every channel with every platform, arch and version that the device was seen with."""
    return list(product(*(sorted(values) or [""] for values in seen[:4])))


def diagonal(seen: Seen) -> list[tuple[str, ...]]:
    """As few of them as hold each value: no more than the requests that the device must have made."""
    columns = [sorted(values) or [""] for values in seen[:4]]
    longest = max(map(len, columns))
    return [tuple(column[row % len(column)] for column in columns) for row in range(longest)]


def _put(batch: Batch, of: AppDay, values: tuple[str, ...], state: str, devices: list[bytes]) -> None:
    one = _sum(batch, of, values, state)
    one.requests += len(devices)
    one.devices += b"".join(devices)


def _put_requests(batch: Batch, of: AppDay, requests: int) -> None:
    _sum(batch, of, ("", "", "", ""), UNKNOWN).requests += requests
    value = Value(of.app, "n", "o:", UNPLACED, 0, is_sketched=False)
    batch.values[value] = Sum(value)
    batch.values[value].requests = requests


def _sum(batch: Batch, of: AppDay, values: tuple[str, ...], state: str) -> Sum:
    channel, platform, arch, version = values
    cell = Cell(Check(of.owner, of.app, version, channel, platform, arch, state, ""))
    return batch.cells.setdefault(cell.key, Sum(cell))
