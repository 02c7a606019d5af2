"""import: take in what was counted elsewhere."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

import click

from telemetry_counter.cli.line_files import CHECKS, COMBINED, Task, import_lines_of
from telemetry_counter.importing.sources import STANDARD_INPUT, Source, source_of
from telemetry_counter.interrupts import interrupted_as

GOES_ON = "The same command, run again with the same input, goes on where it stopped."
STAYS = "What was read so far stays counted, and would be counted once more by --again."
TAKES_WHOLE = "No service sees the admin before all of it is here: the same command, run again, takes it in."


@click.command("import")
@click.argument(
    "file",
    required=False,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--format", "file_format", type=click.Choice([CHECKS, COMBINED]), help="What a line is.")
@click.option(
    "--site", default="", help="The app of an access log: APP or OWNER/APP.  [default: the only one]"
)
@click.option(
    "--host", "hosts", multiple=True, help="The site's own host.  [default: found in the access log]"
)
@click.option("--again", is_flag=True, help="Count a file that was imported before once more.")
@click.option("--full", is_flag=True, help="The file is a whole admin, from `export --full`.")
@click.option(
    "--other-secret", is_flag=True, help="With --full: accept that devices will be counted as new ones."
)
@click.option("--from-faynosync", "source", metavar="URL", help="A faynoSync Redis, which is only read.")
@click.option("--owner", help="With --from-faynosync: only this owner.  [default: every one that is here]")
@click.option("--app", "apps", multiple=True, help="With --from-faynosync: only this app.")
@click.option("--with-today", is_flag=True, help="With --from-faynosync: today too, when it counts no more.")
def import_file(
    file: Path | None,
    file_format: str | None,
    site: str,
    hosts: tuple[str, ...],
    again: bool,
    full: bool,
    other_secret: bool,
    source: str | None,
    owner: str | None,
    apps: tuple[str, ...],
    with_today: bool,
) -> None:
    """Count a file's lines, plain or gzip, each on its own day; or take in an admin, or another counter.

    FILE - is standard input, which is copied to a temporary file first. Either is known again by its whole
    content: it is counted once, and a run that broke off goes on where it stopped.

    --format checks: one JSON object a line with ts, owner, app_name, version, device_id and, if known,
    channel, platform, arch and is_latest.

    --format combined: the access log of Apache or nginx, also with the virtual host in front, which then
    names the site. Page views are counted: GET, shown (200 or 304), no part of a page, no feed or download,
    no bot.

    --full: all of an admin, as `export --full` wrote it, into a store without that admin.

    --from-faynosync: the days that a faynoSync's Redis still holds; each day of an app is taken in once.
    """
    if source is not None:
        from telemetry_counter.cli.faynosync import import_faynosync

        if file or file_format or full:
            raise click.UsageError("--from-faynosync takes no file.")
        with interrupted_as(GOES_ON):
            import_faynosync(source, owner, apps, with_today=with_today)
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    if full:
        from telemetry_counter.cli.full_imports import import_admin

        if file_format:
            raise click.UsageError("--full and --format cannot be given together.")
        with interrupted_as(TAKES_WHOLE), content_of(file) as content:
            import_admin(content, is_other_secret=other_secret)
    elif file_format is None:
        raise click.UsageError("Missing option '--format' (checks or combined), or --full.")
    else:
        with interrupted_as(STAYS if again else GOES_ON), content_of(file) as content:
            import_lines_of(Task(content, file_format, again, site, hosts))


def content_of(file: Path) -> AbstractContextManager[Source]:
    standard_input = None if sys.stdin is None else sys.stdin.buffer
    if standard_input is None and file == STANDARD_INPUT:
        raise click.UsageError("There is no standard input to read.")
    return source_of(file, standard_input)
