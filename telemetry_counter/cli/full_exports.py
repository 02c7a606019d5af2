"""export --full: all of an admin, as a file."""

import datetime as dt
import gzip
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click

from telemetry_counter.cli.progress import progress_bar
from telemetry_counter.cli.session import Session, run
from telemetry_counter.errors import InvalidInput, NoSuchAdmin
from telemetry_counter.moving.archive import ArchiveWriter
from telemetry_counter.moving.comparison import unchanged
from telemetry_counter.moving.fingerprints import Secret, fingerprint
from telemetry_counter.moving.records import Figures, Header
from telemetry_counter.reporting.selection import dates

OWNER_ONLY = 0o600
PACKING = 6
"""Of 9: the last three make sketches hardly smaller, and take four times as long."""


def export_admin(owner: str, output: str) -> None:
    """Writes the file; `output` is its name, or '-' for standard output."""
    with written(output) as file:
        is_quiet = run(lambda session: write_archive(session, owner, ArchiveWriter(file)))
    click.echo(
        f"{owner} is exported. The file is as secret as the store: it is readable by you alone.", err=True
    )
    if not is_quiet:
        click.echo(
            "Meanwhile more was counted: what changed is not among the figures that the import checks. "
            "To leave nothing behind, stop the service and export again.",
            err=True,
        )


async def write_archive(session: Session, owner: str, archive: ArchiveWriter) -> bool:
    """Returns whether nothing was counted meanwhile, so that all figures can be checked."""
    from telemetry_counter.store.moving.measuring import measure
    from telemetry_counter.store.moving.reading import Outgoing

    if owner not in await session.registry.admins():
        raise NoSuchAdmin(f"There is no admin {owner[:64]}.")
    now = dt.datetime.now(dt.UTC)
    days = dates(now.date() - dt.timedelta(days=session.settings.retention_days), now.date())
    admin = await session.registry.unlisted(owner)
    source = Outgoing(session.client, session.keys, owner)
    before = await measure(session.client, session.keys, admin, days, now)
    archive.add(Header(owner=owner, made=now, secret=await secret_of(session)))
    archive.add(await source.service())
    async for record in source.registered():
        archive.add(record)
    with progress_bar("Exporting", len(days)) as step:
        for day in days:
            async for record in source.counted(day, sorted(admin.apps)):
                archive.add(record)
            step()
    async for record in source.summaries(now):
        archive.add(record)
    after = await measure(session.client, session.keys, await session.registry.unlisted(owner), days, now)
    rows = unchanged(before, after)
    archive.add(Figures(rows=rows))
    archive.end()
    return len(rows) == len(after)


async def secret_of(session: Session) -> Secret:
    if session.settings.secret_key:
        return Secret(fingerprint=fingerprint(session.settings.secret_key.encode()))
    key = await session.registry.secret()
    return Secret(fingerprint=fingerprint(key), key=key.decode())


@contextmanager
def written(output: str) -> Iterator[BinaryIO]:
    """A file for its owner alone, packed if its name ends with .gz; there only when it is whole."""
    if output == "-":
        yield _standard_output()
        return
    path, unfinished = Path(output), Path(output + ".part")
    try:
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", PACKING, file, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise InvalidInput(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _standard_output() -> BinaryIO:
    out = sys.stdout.buffer
    if sys.stdout.isatty():
        raise InvalidInput(
            "A whole admin is not for a terminal: redirect it into a file, or name one with --output."
        )
    try:
        number = out.fileno()
    except OSError:
        return out
    if stat.S_ISREG(os.fstat(number).st_mode):
        os.fchmod(number, OWNER_ONLY)
    return out
