"""An admin's file: written once, line by line; read twice, first to see that it is whole."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from telemetry_counter.errors import InvalidInput
from telemetry_counter.importing.runs import opened
from telemetry_counter.importing.sources import Source
from telemetry_counter.moving.records import FORMAT, KIND, End, Figures, Header, Record, Row, decode, encode

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Far above any line that is written: 64 sketches take a megabyte, a release's changelog hardly more."""


class ArchiveWriter:
    """Ends with a checksum, so a file that was cut off or changed is known."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self._lines = 0

    def add(self, record: Record) -> None:
        line = encode(record)
        self._sha256.update(line)
        self._lines += 1
        self._file.write(line)

    def end(self) -> None:
        self._file.write(encode(End(lines=self._lines, sha256=self._sha256.hexdigest())))
        self._file.flush()


@dataclass(frozen=True, slots=True)
class Archive:
    """A file that was found whole: `size` records, and the `digest` of their content, packed or not."""

    source: Source
    header: Header
    figures: list[Row]
    size: int
    digest: str

    def records(self) -> Iterator[Record]:
        """All between the header and the figures, in order."""
        for record in _read(self.source, hashlib.sha256()):
            if not isinstance(record, Header | Figures | End):
                yield record


def open_archive(source: Source) -> Archive:
    """Raises InvalidInput with a sentence if it is none, cut off, changed, or of a newer program."""
    sha256 = hashlib.sha256()
    header, rows, size, lines, end = None, list[Row](), 0, 0, None
    for record in _read(source, sha256):
        if isinstance(record, Header):
            header = record
        elif isinstance(record, Figures):
            rows += record.rows
        else:
            size += not isinstance(record, End)
        end = record if isinstance(record, End) else None
        lines += 1
    if header is None or end is None:
        raise InvalidInput(f"{source} is cut off: its last line is missing. Export it once more.")
    if (end.lines, end.sha256) != (lines - 1, sha256.hexdigest()):
        raise InvalidInput(
            f"{source} was changed or damaged: its checksum does not fit. Export it once more."
        )
    return Archive(source, header, rows, size, end.sha256)


def _read(source: Source, sha256: "hashlib._Hash") -> Iterator[Record]:
    """The file's records; the bytes of all but the last are added to the checksum."""
    with opened(source) as (file, _):
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), start=1):
            if number == 1:
                _check_header(source, line)
            record = _decode(source, number, line)
            if (number == 1) != isinstance(record, Header):
                raise InvalidInput(f"{source}, line {number}: a header where none belongs.")
            if not isinstance(record, End):
                sha256.update(line)
            yield record


def _decode(source: Source, number: int, line: bytes) -> Record:
    if not line.endswith(b"\n"):
        raise InvalidInput(f"{source} is cut off in line {number}. Export it once more.")
    try:
        return decode(line)
    except InvalidInput as error:
        raise InvalidInput(f"{source}, line {number}, cannot be read: {error}.") from error


class _Kind(msgspec.Struct, frozen=True):
    kind: str = ""
    format: int = 0


def _check_header(source: Source, line: bytes) -> None:
    try:
        told = msgspec.json.decode(line, type=_Kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = _Kind()
    if told.kind != KIND:
        raise InvalidInput(f"{source} is not a file of `telemetry-counter export --full`.")
    if told.format > FORMAT:
        raise InvalidInput(
            f"{source} was made by a newer telemetry-counter (format {told.format}, known up to {FORMAT}): "
            "update this one first."
        )
