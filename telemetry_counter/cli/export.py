"""export: daily rows for a spreadsheet or another program, or a whole admin for another store."""

import click

from telemetry_counter.cli.asking import parameters, selection_options
from telemetry_counter.cli.reports import ask_checks, ask_web
from telemetry_counter.cli.session import run
from telemetry_counter.reporting.export import csv_lines, ndjson_lines


@click.command()
@selection_options
@click.option("--web", is_flag=True, help="Pages instead of update checks.")
@click.option("--format", "form", type=click.Choice(["csv", "ndjson"]), help="Rows as.  [default: csv]")
@click.option("--full", metavar="OWNER", help="All of an admin, for `import --full` into another store.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file; - is standard output.",
)
def export(
    owner: str | None, web: bool, form: str | None, full: str | None, output: str, **rest: str | None
) -> None:
    """Write the daily rows of a report, a line each; or with --full, all of an admin."""
    query = parameters(rest)
    if full is not None:
        from telemetry_counter.cli.full_exports import export_admin

        if owner or web or form or query:
            raise click.UsageError("--full takes the whole admin; only --output goes with it.")
        export_admin(full, output)
        return
    content = run(lambda session: (ask_web if web else ask_checks)(session, owner, query))
    rows = content["daily_stats"]
    lines = ndjson_lines(rows) if form == "ndjson" else (line.encode() for line in csv_lines(rows))
    with click.open_file(output, "wb") as file:
        file.writelines(lines)
