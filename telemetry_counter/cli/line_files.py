"""Counting the lines of a file: checks answered elsewhere, or an access log."""

import asyncio
import datetime as dt
import hashlib
import os
import time
from collections.abc import Collection
from dataclasses import dataclass

import click

from telemetry_counter.accounts.snapshot import Admin, Snapshot
from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.importing.check_lines import CheckReader, Outcome
from telemetry_counter.importing.runs import (
    LineReader,
    file_digest,
    import_lines,
    imported_message,
    opened,
    writer_id,
)
from telemetry_counter.importing.sources import Source
from telemetry_counter.store.committing.commits import Commits

CHECKS, COMBINED = "checks", "combined"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be imported, and how. `site` and `hosts` are an access log's."""

    source: Source
    file_format: str
    again: bool
    site: str = ""
    hosts: tuple[str, ...] = ()


def import_lines_of(task: Task) -> None:
    """Counts the file and says what became of its lines."""
    began = time.monotonic()
    outcome = run(lambda session: work(session, task))
    show(outcome, time.monotonic() - began)
    if outcome.refused and not outcome.counted:
        raise InvalidInput("Nothing was counted; the file can be imported again when that is mended.")


async def work(session: Session, task: Task) -> Outcome:
    from telemetry_counter.service import limits

    digest = file_digest(task.source)
    since = await session.registry.imported(digest)
    if since and not task.again:
        raise InvalidInput(imported_message(since))
    clock = UtcDay()
    snapshot = await session.registry.refresh(Snapshot())
    build = access_log_reader if task.file_format == COMBINED else check_reader
    reader = await build(session, snapshot, clock, task)
    writer = writer_id(run_digest(digest, task), again=task.again)
    commits = Commits(session.client, session.keys, limits(session.settings), clock, writer)
    await import_with_bar(task.source, reader, commits)
    if reader.outcome.counted:
        await session.registry.note_import(digest)
    await recount_history(session, snapshot)
    return reader.outcome


async def recount_history(session: Session, snapshot: Snapshot) -> None:
    """Counts the closed days anew that the import changed, and says so."""
    from telemetry_counter.reporting.selection import Reach
    from telemetry_counter.store.reading.history import keep_history

    now, settings = dt.datetime.now(dt.UTC), session.settings
    reach = Reach(now.date(), settings.retention_days)
    for admin in snapshot.admins.values():
        days = await keep_history(session.client, session.keys, admin, reach, settings.history_days, now)
        if days:
            plural = "" if len(days) == 1 else "s"
            click.echo(f"History of {admin.name}: {len(days)} closed day{plural} counted anew.", err=True)


def run_digest(digest: str, task: Task) -> str:
    """Equal for runs that do the same: one that broke off for another site is not continued."""
    return hashlib.sha256(f"{digest} {task.site}".encode()).hexdigest() if task.site else digest


async def check_reader(session: Session, snapshot: Snapshot, clock: UtcDay, task: Task) -> LineReader:
    from telemetry_counter.service import read_secret

    return CheckReader(
        snapshot,
        DeviceHasher(await read_secret(session.settings, session.registry)),
        today=clock.today(),
        retention_days=session.settings.retention_days,
        default_owner=session.settings.default_owner,
    )


async def access_log_reader(session: Session, snapshot: Snapshot, clock: UtcDay, task: Task) -> LineReader:
    from telemetry_counter.importing.access_log import AccessLogReader
    from telemetry_counter.pages.countries import open_countries
    from telemetry_counter.store.salts import Salts

    admin, site = site_of(task.site, snapshot, session.settings.default_owner)
    salts, loop = Salts(session.client, session.keys, clock), asyncio.get_running_loop()

    def salt_of(day: dt.date) -> bytes:
        # The reader works in a thread beside the loop that talks to the store.
        return asyncio.run_coroutine_threadsafe(salts.share(day), loop).result()

    return AccessLogReader(
        admin,
        site,
        salt_of,
        today=clock.today(),
        retention_days=session.settings.retention_days,
        value_cap=session.settings.value_cap,
        own_hosts=task.hosts,
        country_of=open_countries(session.settings.geoip_db),
    )


def site_of(named: str, snapshot: Snapshot, default_owner: str) -> tuple[Admin, str]:
    """The admin and its site; '' where the log's lines are to name it. Raises NotFound."""
    owner, slash, site = named.rpartition("/")
    owner = owner if slash else default_owner or only(snapshot.admins)
    admin = snapshot.admins.get(owner)
    if admin is None:
        raise NotFound("There is no such admin: name the site as OWNER/APP, or set DEFAULT_OWNER.")
    if site and site not in admin.apps:
        raise NotFound(f"{owner} has no app {site[:64]}.")
    return admin, site or only(admin.apps)


def only(names: Collection[str]) -> str:
    """The only name; '' where there is none or several."""
    return next(iter(names)) if len(names) == 1 else ""


async def import_with_bar(source: Source, reader: LineReader, commits: Commits) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with source.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
    with Progress(*columns, console=Console(stderr=True)) as bar, opened(source) as (lines, position):
        task = bar.add_task("import", total=size)
        await import_lines(lines, reader, commits, lambda _: bar.update(task, completed=position()))


def show(outcome: Outcome, seconds: float) -> None:
    if outcome.own_hosts:
        click.echo(f"Links from {', '.join(sorted(outcome.own_hosts))} are the site's own.", err=True)
    total = outcome.counted + outcome.refused.total()
    speed = f", {int(total / seconds):,} lines a second" if total else ""
    click.echo(f"{outcome.counted:,} of {total:,} lines counted{speed}.", err=True)
    rows = [
        (reason, f"{number:,}", f"line {outcome.first[reason][0]}: {outcome.first[reason][1]}")
        for reason, number in outcome.refused.most_common()
    ]
    if rows:
        print_table(("Not counted", "Lines", "First"), rows, empty="")
