"""import --full: an admin from its file, into a store that does not have it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from telemetry_counter.cli.progress import progress_bar
from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.errors import InvalidInput
from telemetry_counter.importing.sources import Source
from telemetry_counter.moving.archive import Archive, open_archive
from telemetry_counter.moving.comparison import Compared, compare
from telemetry_counter.moving.fingerprints import Place, secret_to_take
from telemetry_counter.moving.records import Counted, Record, Service, Sketches
from telemetry_counter.reporting.selection import Reach, dates

if TYPE_CHECKING:
    from telemetry_counter.store.moving.writing import Incoming

RECORDS_AT_ONCE = 8


def import_admin(source: Source, *, is_other_secret: bool) -> None:
    """Raises InvalidInput where the file, the secret or the figures do not fit; nothing is half done then."""
    archive = open_archive(source)
    compared = run(
        lambda session: read_archive(session, archive, is_other_secret=is_other_secret), makes_store=True
    )
    if compared is None:
        click.echo(
            f"This file was imported before, so {archive.header.owner} is here; nothing was changed.",
            err=True,
        )
        return
    show(compared)
    if not all(one.is_same for one in compared):
        raise InvalidInput(
            f"Figures differ, so {archive.header.owner} was not taken in. Import the file once more; if they "
            f"differ again, `telemetry-counter admin delete {archive.header.owner}` first."
        )
    click.echo(f"{archive.header.owner} is imported, with all tokens; its figures are the same.", err=True)


async def read_archive(session: Session, archive: Archive, *, is_other_secret: bool) -> list[Compared] | None:
    """The figures of both sides; None if this very file was taken in before."""
    from telemetry_counter.store.moving.measuring import measure
    from telemetry_counter.store.moving.writing import Incoming

    now, settings = dt.datetime.now(dt.UTC), session.settings
    reach = Reach(now.date(), settings.retention_days)
    target = Incoming(session.client, session.keys, archive.header.owner, reach)
    if await is_here(target, archive):
        return None
    place = await target.place(settings.secret_key.encode())
    secret = secret_to_take(archive.header.secret, place, is_other_accepted=is_other_secret)
    await target.begin(archive.digest, now)
    if secret:
        await take_secret(target, secret, place)
    await write(target, archive, with_days=not place.has_admins)
    made = archive.header.made
    days = dates(reach.first, min(made.date(), reach.today))
    rows = await measure(session.client, session.keys, await target.admin(), days, made)
    compared = compare(archive.figures, rows)
    if all(one.is_same for one in compared):
        await target.enlist(archive.digest, now)
    return compared


async def is_here(target: "Incoming", archive: Archive) -> bool:
    """Whether this very file was taken in. Raises InvalidInput if another admin has that name."""
    if not await target.is_listed():
        return False
    arrival = await target.arrival()
    if arrival and arrival.whole and arrival.digest == archive.digest:
        return True
    raise InvalidInput(
        f"The store has an admin {archive.header.owner} already, and what two have counted cannot be "
        "told apart afterwards: import into another store, or delete that admin first."
    )


async def take_secret(target: "Incoming", secret: bytes, place: Place) -> None:
    await target.take_secret(secret)
    if place.stored:
        click.echo("The store's secret is now the file's; restart a service that runs on it.", err=True)


async def write(target: "Incoming", archive: Archive, *, with_days: bool) -> None:
    with progress_bar("Importing", archive.size) as step:
        for records in groups(archive.records()):
            await target.write(records)
            for record in records:
                if isinstance(record, Service):
                    await target.write_service(record, with_days=with_days)
            step(len(records))


def groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records, some at a time; of sketches, which are large, only few."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if len(group) == RECORDS_AT_ONCE or not isinstance(record, Counted | Sketches):
            yield group
            group = []
    if group:
        yield group


def show(compared: list[Compared]) -> None:
    """Prints the totals, and of single days only what differs."""
    rows, alike = [], 0
    for one in compared:
        row = one.before
        if row.first is not None and row.first == row.last and one.is_same:
            alike += 1
            continue
        span = "" if row.first is None else f"{row.first} to {row.last}"
        rows.append((row.what, span, f"{row.value:,}", f"{one.after:,}", "" if one.is_same else "differs"))
    print_table(("Figure", "Days", "In the file", "Here", ""), rows, empty="", heads_pipe=True)
    if alike:
        click.echo(f"And {alike} figures of single days, all the same.", err=True)
