"""One update check a line, as JSON with its own time: from a CDN's log, an edge cache, or another counter."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from telemetry_counter.accounts.snapshot import Snapshot
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, build_check
from telemetry_counter.counting.devices import MAX_ID_CHARACTERS, NIL_UUID, DeviceHasher
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.errors import InvalidInput

MALFORMED, TOO_OLD, FUTURE = "malformed", "too_old", "future"
"""Reasons that only lines have; the others are those of a live hit."""

MAX_LINE_BYTES = 16 * 1024


class CheckLine(msgspec.Struct, frozen=True):
    """ts: ISO 8601, UTC if it names no zone. The rest is what the live check carries."""

    ts: dt.datetime
    app_name: str = ""
    version: str = ""
    owner: str = ""
    channel: str = ""
    platform: str = ""
    arch: str = ""
    device_id: str = ""
    is_latest: bool | None = None


@dataclass(slots=True)
class Outcome:
    """What became of the lines: how many were counted, and for each reason how many and the first.

    `own_hosts`: those that an access log's reader took for the site's own.
    """

    counted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()

    def refuse(self, reason: str, line_number: int, sentence: str) -> None:
        self.refused[reason] += 1
        self.first.setdefault(reason, (line_number, sentence))


class CheckReader:
    """Turns lines into batches, one for each admin and day."""

    def __init__(
        self,
        snapshot: Snapshot,
        hasher: DeviceHasher,
        *,
        today: dt.date,
        retention_days: int,
        default_owner: str = "",
    ) -> None:
        self._snapshot = snapshot
        self._hasher = hasher
        self._today = today
        self._oldest = today - dt.timedelta(days=retention_days)
        self._default_owner = default_owner
        self._decoder = msgspec.json.Decoder(CheckLine)
        self._cell = lru_cache(8_192)(self._cell_of)
        self._line = 0
        self.outcome = Outcome()

    def read(self, lines: Iterable[bytes]) -> list[Batch]:
        """Batches of these lines in the order of admin and day; what is refused is noted in `outcome`."""
        batches: dict[tuple[str, dt.date], Batch] = {}
        for line in lines:
            self._line += 1
            try:
                check = self._decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                if line.strip():
                    self.outcome.refuse(MALFORMED, self._line, str(error))
                continue
            day = utc_date(check.ts)
            if not self._oldest <= day <= self._today:
                reason = TOO_OLD if day < self._oldest else FUTURE
                self.outcome.refuse(reason, self._line, f"{day} is not kept.")
                continue
            self._add(check, day, batches)
        return [batches[key] for key in sorted(batches)]

    def _add(self, check: CheckLine, day: dt.date, batches: dict[tuple[str, dt.date], Batch]) -> None:
        cell = self._cell(
            check.owner,
            check.app_name,
            check.version,
            check.channel,
            check.platform,
            check.arch,
            STATES[check.is_latest],
        )
        if isinstance(cell, Refused):
            self.outcome.refuse(cell.reason, self._line, cell.sentence)
            if not cell.app:
                return
        batch = batches.get((cell.owner, day))
        if batch is None:
            batch = batches[cell.owner, day] = Batch(cell.owner, day)
        if isinstance(cell, Refused):
            batch.refuse(cell.app, cell.reason)
            return
        reason = device_reason(check.device_id)
        if reason:
            self.outcome.refuse(reason, self._line, f"The device_id is {DEVICE_TROUBLE[reason]}.")
            batch.refuse(cell.app, reason)
            return
        device_id = check.device_id.encode()
        batch.add(cell, b"" if device_id == NIL_UUID else self._hasher.hash(cell.owner, device_id))
        self.outcome.counted += 1

    def _cell_of(
        self,
        owner: str,
        app: str,
        version: str,
        channel: str,
        platform: str,
        arch: str,
        is_latest: str,
    ) -> "Cell | Refused":
        values = {
            "owner": owner,
            "app_name": app,
            "version": version,
            "channel": channel,
            "platform": platform,
            "arch": arch,
            "is_latest": is_latest,
        }
        owner = owner or self._default_owner
        known = self._snapshot.app(owner, app) is not None
        try:
            check = build_check(values, self._default_owner)
        except InvalidInput as error:
            return Refused(Reason.INVALID, str(error), owner, app if known else "")
        if not known:
            return Refused(Reason.UNKNOWN_APP, f"{owner}/{app} does not exist.", owner, "")
        return Cell(check)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why lines like this one are not counted; `app` is '' where no app of ours is meant."""

    reason: Reason
    sentence: str
    owner: str
    app: str


STATES = {None: "", True: "true", False: "false"}
DEVICE_TROUBLE = {
    Reason.NO_DEVICE: "missing or empty",
    Reason.BAD_DEVICE: f"longer than {MAX_ID_CHARACTERS} characters",
}


def device_reason(device_id: str) -> Reason | None:
    if not device_id:
        return Reason.NO_DEVICE
    return Reason.BAD_DEVICE if len(device_id) > MAX_ID_CHARACTERS else None


def utc_date(moment: dt.datetime) -> dt.date:
    """The UTC date; a time without a zone is UTC."""
    offset = moment.utcoffset()
    if not offset:
        return moment.date()
    try:
        return (moment - offset).date()
    except OverflowError:
        return moment.date()
