"""The lines of an admin's file: what each holds, as JSON.

A file is a header, then what was read of the store, then the figures, then the end, a line each. Names of
keys are not in it: a line says what it is of, and the importing store spells its own keys.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from telemetry_counter.accounts.audit import Entry
from telemetry_counter.counting import names
from telemetry_counter.errors import InvalidInput
from telemetry_counter.moving.fingerprints import Secret

FORMAT = 1
KIND: Literal["telemetry-counter admin"] = "telemetry-counter admin"

Part = Literal["apps", "releases", "tokens", "team", "history", "revisions"]
Space = Literal["n", "c", "w", "e"]
SketchSpace = Literal["u", "wu", "eu"]
Period = Annotated[int, Meta(ge=0, le=1_000_000)]


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", forbid_unknown_fields=True):
    """Base of them all."""


class Header(Line, frozen=True, kw_only=True, tag="header"):
    """`format` rises with every change that an older program cannot read."""

    kind: Literal["telemetry-counter admin"] = KIND
    format: int = FORMAT
    owner: str
    made: dt.datetime
    secret: Secret


class Registered(Line, frozen=True, kw_only=True, tag="registered"):
    """Fields of one of the admin's own hashes; a long one takes several lines."""

    part: Part
    fields: dict[str, str]


class Log(Line, frozen=True, kw_only=True, tag="log"):
    """Entries of the admin's log of changes as JSON, the newest first. A file may be without."""

    entries: list[str]


class Counted(Line, frozen=True, kw_only=True, tag="counted"):
    """A hash of one app's day; without an app, the requests of the day by app."""

    day: dt.date
    app: str = ""
    space: Space = "n"
    fields: dict[str, int]


class Sketches(Line, frozen=True, kw_only=True, tag="sketches"):
    """HyperLogLogs of one app's day by field, as the store keeps them; Base64 in the file."""

    day: dt.date
    app: str
    space: SketchSpace
    sketches: dict[str, bytes]


class Summaries(Line, frozen=True, kw_only=True, tag="summaries"):
    """Fingerprints of summaries of events that were counted, by bucket."""

    period: Period
    buckets: dict[Annotated[int, Meta(ge=0, le=65_535)], list[int]]


class Service(Line, frozen=True, kw_only=True, tag="service"):
    """What the whole service knows: days on which it counted, and files that it imported (by SHA-256)."""

    days: list[str]
    imports: dict[str, str]


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One figure; `first` and `last` are None where it is of no days."""

    what: str
    first: dt.date | None
    last: dt.date | None
    value: int


class Figures(Line, frozen=True, kw_only=True, tag="figures"):
    """What the reports said when the file was made: only what did not change while it was made."""

    rows: list[Row]


class End(Line, frozen=True, kw_only=True, tag="end"):
    """`sha256` is of all bytes before this line."""

    lines: int
    sha256: str


Record = Header | Registered | Log | Counted | Sketches | Summaries | Service | Figures | End

DENSE_BYTES, LEAST_BYTES = 16 + 12_288, 16
DENSE, SPARSE = 0, 1

_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    return msgspec.json.encode(record) + b"\n"


def decode(line: bytes) -> Record:
    """Raises InvalidInput with what does not fit."""
    try:
        record: Record = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(str(error)) from error
    _check(record)
    return record


def _check(record: Record) -> None:
    match record:
        case Header(owner=owner):
            names.OWNER.check(owner)
        case Log(entries=entries):
            for entry in entries:
                _check_entry(entry)
        case Counted(app=app):
            names.APP.check_optional(app)
        case Sketches(app=app, sketches=sketches):
            names.APP.check(app)
            for sketch in sketches.values():
                _check_sketch(sketch)
        case _:
            pass


def _check_entry(entry: str) -> None:
    try:
        msgspec.json.decode(entry, type=Entry)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise InvalidInput("an entry of the log in it is none") from error


def _check_sketch(sketch: bytes) -> None:
    """What the server itself would check when it first reads it, so that nothing broken is written."""
    is_one = sketch.startswith(b"HYLL") and len(sketch) >= LEAST_BYTES
    if not is_one or sketch[4] not in (DENSE, SPARSE) or (sketch[4] == DENSE and len(sketch) != DENSE_BYTES):
        raise InvalidInput("a sketch in it is none")
