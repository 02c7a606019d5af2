"""export --full and import --full: an admin leaves one store and arrives in another."""

import datetime as dt
import gzip
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click

from telemetry_counter.cli.progress import progress_bar
from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.errors import InvalidInput, NoSuchAdmin
from telemetry_counter.moving.archive import Archive, ArchiveWriter, open_archive
from telemetry_counter.moving.comparison import Compared, compare, unchanged
from telemetry_counter.moving.fingerprints import Secret, fingerprint, secret_to_take
from telemetry_counter.moving.records import Counted, Figures, Header, Record, Service, Sketches

OWNER_ONLY = 0o600
PACKING = 6
"""Of 9: the last three make sketches hardly smaller, and take four times as long."""

RECORDS_AT_ONCE = 8


def export_admin(owner: str, output: str) -> None:
    """Writes the file; `output` is its name, or '-' for standard output."""
    with written(output) as file:
        rows = run(lambda session: write_archive(session, owner, ArchiveWriter(file)))
    click.echo(
        f"{owner} is exported. The file is as secret as the store: it is readable by you alone.", err=True
    )
    if rows < 0:
        click.echo(
            "Meanwhile more was counted: what changed is not among the figures that the import checks. "
            "To leave nothing behind, stop the service and export again.",
            err=True,
        )


async def write_archive(session: Session, owner: str, archive: ArchiveWriter) -> int:
    """Returns how many figures can be checked, negative where others moved meanwhile."""
    from telemetry_counter.store.moving.measuring import measure
    from telemetry_counter.store.moving.reading import Outgoing

    if owner not in await session.registry.admins():
        raise NoSuchAdmin(f"There is no admin {owner[:64]}.")
    now = dt.datetime.now(dt.UTC)
    days = kept_days(now.date(), session.settings.retention_days)
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
    return len(rows) if len(rows) == len(after) else -len(rows)


def kept_days(today: dt.date, retention_days: int) -> list[dt.date]:
    return [today - dt.timedelta(days=back) for back in range(retention_days, -1, -1)]


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


def import_admin(file: Path, *, is_other_secret: bool) -> None:
    """Raises InvalidInput where the file, the secret or the figures do not fit; nothing is half done then."""
    archive = open_archive(file)
    compared = run(lambda session: read_archive(session, archive, is_other_secret=is_other_secret))
    if compared is None:
        click.echo(
            f"This file was imported before, so {archive.header.owner} is here; nothing was changed.",
            err=True,
        )
        return
    show(compared)
    if not all(one.is_same for one in compared):
        raise InvalidInput(
            f"Figures differ, so {archive.header.owner} was not taken in. Import the file once more."
        )
    click.echo(f"{archive.header.owner} is imported, with all tokens; its figures are the same.", err=True)


async def read_archive(session: Session, archive: Archive, *, is_other_secret: bool) -> list[Compared] | None:
    """What the figures are on both sides; None if all of the file was here before."""
    from telemetry_counter.reporting.selection import Reach
    from telemetry_counter.store.moving.measuring import measure
    from telemetry_counter.store.moving.writing import Incoming

    now, settings = dt.datetime.now(dt.UTC), session.settings
    reach = Reach(now.date(), settings.retention_days)
    target = Incoming(session.client, session.keys, archive.header.owner, reach)
    if await target.is_listed():
        arrival = await target.arrival()
        if arrival and arrival.whole and arrival.digest == archive.digest:
            return None
        raise InvalidInput(
            f"The store has an admin {archive.header.owner} already, and what two have counted cannot be "
            "told apart afterwards: import into another store, or delete that admin first."
        )
    place = await target.place(settings.secret_key.encode())
    secret = secret_to_take(archive.header.secret, place, is_other_accepted=is_other_secret)
    await target.begin(archive.digest, now)
    if secret:
        await target.take_secret(secret)
        if place.stored:
            click.echo("The store's secret is now the file's; restart a service that runs on it.", err=True)
    with progress_bar("Importing", archive.size) as step:
        for records in groups(archive.records()):
            await target.write(records)
            for record in records:
                if isinstance(record, Service):
                    await target.write_service(record, with_days=not place.has_admins)
            step(len(records))
    days = [
        day for day in kept_days(now.date(), settings.retention_days) if day <= archive.header.made.date()
    ]
    rows = await measure(session.client, session.keys, await target.admin(), days, archive.header.made)
    compared = compare(archive.figures, rows)
    if all(one.is_same for one in compared):
        await target.enlist(archive.digest, now)
    return compared


def groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Some at a time; sketches are large, so few of those."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if len(group) == RECORDS_AT_ONCE or not isinstance(record, Counted | Sketches):
            yield group
            group = []
    if group:
        yield group


def show(compared: list[Compared]) -> None:
    """Totals, and of single days what differs."""
    rows, alike = [], 0
    for one in compared:
        row = one.before
        if row.first is not None and row.first == row.last and one.is_same:
            alike += 1
            continue
        span = "" if row.first is None else f"{row.first} to {row.last}"
        rows.append((row.what, span, f"{row.value:,}", f"{one.after:,}", "" if one.is_same else "differs"))
    print_table(("Figure", "Days", "In the file", "Here", ""), rows, empty="")
    if alike:
        click.echo(f"And {alike} figures of single days, all the same.", err=True)
