"""The summaries of past days and today, until each has been sent: what a day may still take, what is due."""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator

from telemetry_counter.client import shapes
from telemetry_counter.client.program import Build
from telemetry_counter.client.summary import Summary, parse_events

KEEP_DAYS = 7
"""The service refuses older days."""

MAX_BUILDS_PER_DAY = 4
"""With 8 days of at most 64 KiB each, this bounds the file to 2 MiB."""

SPREAD_SECONDS = 3600
"""Days end for everybody at once; the requests come over an hour. Until then late counts join their day."""

FIRST_RETRY_SECONDS = 3600
LAST_RETRY_SECONDS = 12 * 3600

_FORMAT = 1


class Batch:
    """One day of one build. Its id is fixed at birth; sealed, it takes no more counts."""

    __slots__ = ("build", "day", "id", "sealed", "summary")

    def __init__(self, day: dt.date, build: Build, batch_id: str = "", sealed: bool = False) -> None:
        self.id = batch_id or str(uuid.uuid4())
        self.day = day
        self.build = build
        self.sealed = sealed
        self.summary = Summary()

    def due(self) -> float:
        """Epoch seconds: the end of the day and, by the random id, up to an hour more."""
        end = dt.datetime.combine(self.day, dt.time(), dt.UTC) + dt.timedelta(1)
        return end.timestamp() + uuid.UUID(self.id).int % SPREAD_SECONDS

    def body(self) -> dict[str, object]:
        """What is posted to the service."""
        envelope = self.build._asdict() | {"day": self.day.isoformat(), "batch_id": self.id}
        return envelope | {"events": self.summary.wire()}


class Ledger:
    __slots__ = ("attempts", "batches", "not_before", "trouble")

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.attempts = 0
        self.not_before = 0.0
        """Epoch seconds of the next attempt to send."""
        self.trouble = ""
        """Why the last attempt failed."""

    def add(self, day: dt.date, build: Build, summary: Summary) -> bool:
        """Adds to the day's open batch, or a new one if that is sealed already; False if there is no room."""
        batch = next((b for b in self.batches if (b.day, b.build, b.sealed) == (day, build, False)), None)
        if batch is None:
            if sum(b.day == day for b in self.batches) >= MAX_BUILDS_PER_DAY:
                return False
            batch = Batch(day, build)
            self.batches.append(batch)
        batch.summary.merge(summary)
        return True

    def close_days(self, now: float, finish: Callable[[Summary], None]) -> None:
        """Drops what is too old (or, by a clock since corrected, of days to come); seals what ended."""
        today = dt.datetime.fromtimestamp(now, dt.UTC).date()
        oldest, newest = today - dt.timedelta(KEEP_DAYS), today + dt.timedelta(1)
        self.batches = [batch for batch in self.batches if oldest <= batch.day <= newest]
        for batch in self.batches:
            if not batch.sealed and batch.due() <= now:
                finish(batch.summary)
                batch.sealed = True

    def claim(self, now: float) -> list[Batch]:
        """The sealed batches, oldest first, if it is time to try; puts the next attempt off for everybody."""
        sealed = sorted((batch for batch in self.batches if batch.sealed), key=lambda batch: batch.day)
        # A time further off than any pause was written under a clock that has been set back since.
        if not sealed or now < self.not_before <= now + LAST_RETRY_SECONDS:
            return []
        self.not_before = now + min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(self.attempts, 8))
        self.attempts += 1
        return sealed

    def settle(self, batch_id: str) -> None:
        """The batch needs no other attempt; after the last of them the next day is not made to wait."""
        self.batches = [batch for batch in self.batches if batch.id != batch_id]
        if not any(batch.sealed for batch in self.batches):
            self.attempts, self.not_before, self.trouble = 0, 0.0, ""


def dump(ledger: Ledger) -> str:
    content = {
        "format": _FORMAT,
        "attempts": ledger.attempts,
        "not_before": ledger.not_before,
        "trouble": ledger.trouble,
        "batches": [batch.body() | {"sealed": batch.sealed} for batch in ledger.batches],
    }
    return json.dumps(content, separators=(",", ":"))


def parse(content: str) -> Ledger:
    """The reverse of `dump`; ValueError for any other text."""
    try:
        fields = shapes.mapping(json.loads(content))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    shapes.whole(fields.get("format"), _FORMAT, _FORMAT)
    ledger = Ledger()
    ledger.attempts = shapes.whole(fields.get("attempts"), 0, 1 << 31)
    ledger.not_before = _seconds(fields.get("not_before"))
    ledger.trouble = shapes.text(fields.get("trouble"))
    ledger.batches = list(_batches(fields.get("batches")))
    return ledger


def _batches(value: object) -> Iterator[Batch]:
    for fields in map(shapes.mapping, shapes.items(value)):
        build = Build(*(shapes.text(fields.get(name)) for name in Build._fields))
        day = dt.date.fromisoformat(shapes.text(fields.get("day")))
        batch_id = str(uuid.UUID(shapes.text(fields.get("batch_id"))))
        batch = Batch(day, build, batch_id, fields.get("sealed") is True)
        batch.summary = parse_events(fields.get("events"))
        yield batch


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < 1e11:
        raise ValueError("not a time")
    return float(value)
