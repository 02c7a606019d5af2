"""import: count what happened elsewhere."""

import time
from pathlib import Path

import click

from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.errors import InvalidInput
from telemetry_counter.importing.check_lines import CheckReader, Outcome
from telemetry_counter.importing.runs import file_digest, import_lines, imported_message, writer_id


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "file_format", type=click.Choice(["checks"]), required=True, help="What a line is.")
@click.option("--again", is_flag=True, help="Count a file that was imported before once more.")
def import_file(file: Path, file_format: str, again: bool) -> None:
    """Count a file's lines, each on its own day.

    checks: one JSON object a line with ts, owner, app_name, version, device_id and, if known, channel,
    platform, arch and is_latest.
    """
    began = time.monotonic()
    outcome = run(lambda session: work(session, file, again))
    show(outcome, time.monotonic() - began)


async def work(session: Session, file: Path, again: bool) -> Outcome:
    from telemetry_counter.accounts.snapshot import Snapshot
    from telemetry_counter.service import limits, read_secret
    from telemetry_counter.store.commits import Commits

    digest = file_digest(file)
    since = await session.registry.imported(digest)
    if since and not again:
        raise InvalidInput(imported_message(since))
    clock = UtcDay()
    reader = CheckReader(
        await session.registry.refresh(Snapshot()),
        DeviceHasher(await read_secret(session.settings, session.registry)),
        today=clock.today(),
        retention_days=session.settings.retention_days,
        default_owner=session.settings.default_owner,
    )
    commits = Commits(
        session.client, session.keys, limits(session.settings), clock, writer_id(digest, again=again)
    )
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar, file.open("rb") as lines:
        task = bar.add_task("import", total=file.stat().st_size)
        await import_lines(lines, reader, commits, lambda size: bar.advance(task, size))
    await session.registry.note_import(digest)
    return reader.outcome


def show(outcome: Outcome, seconds: float) -> None:
    total = outcome.counted + outcome.refused.total()
    speed = int(total / seconds) if seconds else total
    click.echo(f"{outcome.counted:,} of {total:,} lines counted, {speed:,} lines a second.", err=True)
    rows = [
        (reason, f"{number:,}", f"line {outcome.first[reason][0]}: {outcome.first[reason][1]}")
        for reason, number in outcome.refused.most_common()
    ]
    if rows:
        print_table(("Not counted", "Lines", "First"), rows, empty="")
