"""Carrying a file's batches into the store, so that a run that broke off can be repeated without harm."""

import asyncio
import datetime as dt
import gzip
import hashlib
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, Protocol, cast

from telemetry_counter.counting.batch import Batch
from telemetry_counter.errors import InvalidInput, StoreUnavailable
from telemetry_counter.importing.check_lines import MAX_LINE_BYTES, Outcome
from telemetry_counter.importing.sources import Source
from telemetry_counter.store.committing.commits import Commits

LINES_A_CHUNK = 100_000
TRIES = 60
PAUSE_SECONDS = 0.5

CHUNK_BITS, DAY_BITS = 32, 12
"""A batch's number is its chunk, its day and its part, so that it is the same in every run over the file."""


GZIP_MAGIC = b"\x1f\x8b"


class LineReader(Protocol):
    """Turns lines into batches, in an order that rises, and notes what became of the lines."""

    outcome: Outcome

    def read(self, lines: Sequence[bytes]) -> list[Batch]: ...


def file_digest(source: Source) -> str:
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def writer_id(digest: str, *, again: bool) -> str:
    """Of the file: what an earlier, broken run committed is not committed twice. Random if it shall be."""
    return f"import-{secrets.token_hex(8) if again else digest[:32]}"


@contextmanager
def opened(source: Source) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """The lines of a file, plain or gzip, and how far into the file they have been read.

    Raises InvalidInput for a gzip file that is broken.
    """
    with source.open("rb") as file:
        is_gzip = file.peek(2).startswith(GZIP_MAGIC)
        try:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if is_gzip else file, file.tell
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInput(f"{source} cannot be unpacked: {error}.") from error


def chunks(file: BinaryIO) -> Iterator[list[bytes]]:
    lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
    while chunk := list(islice(lines, LINES_A_CHUNK)):
        yield chunk


async def import_lines(
    file: BinaryIO, reader: LineReader, commits: Commits, progress: Callable[[int], None]
) -> None:
    """Commits the file chunk by chunk, reading one while the one before it is committed.

    `progress` is told the bytes of each.
    """
    committing: asyncio.Task[None] | None = None
    for number, chunk in enumerate(chunks(file), start=1):
        batches = await asyncio.to_thread(reader.read, chunk)
        if committing:
            await committing
        committing = asyncio.create_task(_commit(batches, number, commits))
        progress(sum(map(len, chunk)))
    if committing:
        await committing


async def _commit(batches: Iterable[Batch], chunk: int, commits: Commits) -> None:
    for batch in batches:
        base = chunk << CHUNK_BITS | batch.day.toordinal() << DAY_BITS
        for part_number, part in enumerate(batch.split()):
            part.number = base + part_number
            await persist(part, commits)


async def persist(part: Batch, commits: Commits) -> None:
    """One commit, tried for half a minute. Raises StoreUnavailable, or InvalidInput if that will not help."""
    for _ in range(TRIES):
        try:
            unwritten = await commits.send(part)
        except StoreUnavailable as error:
            trouble = error
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            if unwritten:
                names = ", ".join(f"{one.kind} {one.name}" for one in unwritten[:5])
                raise InvalidInput(f"The store holds something that is not ours under: {names}.")
            return
    raise trouble


def imported_message(digest_known_since: bytes) -> str:
    when = dt.datetime.fromtimestamp(int(digest_known_since), dt.UTC)
    return f"This file was imported at {when:%Y-%m-%d %H:%M} UTC; --again counts it once more."
