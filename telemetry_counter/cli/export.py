"""export: daily rows for a spreadsheet or another program."""

from typing import BinaryIO

import click

from telemetry_counter.cli.asking import parameters, selection_options
from telemetry_counter.cli.reports import ask_checks, ask_web
from telemetry_counter.cli.session import run
from telemetry_counter.reporting.export import csv_lines, ndjson_lines


@click.command()
@selection_options
@click.option("--web", is_flag=True, help="Pages instead of update checks.")
@click.option("--format", "form", type=click.Choice(["csv", "ndjson"]), default="csv", help="Rows as.")
@click.option("--output", type=click.File("wb"), default="-", help="A file; - is standard output.")
def export(owner: str | None, web: bool, form: str, output: BinaryIO, **rest: str | None) -> None:
    """Write the daily rows of a report, a line each."""
    query = parameters(rest)
    content = run(lambda session: (ask_web if web else ask_checks)(session, owner, query))
    rows = content["daily_stats"]
    lines = (line.encode() for line in csv_lines(rows)) if form == "csv" else ndjson_lines(rows)
    output.writelines(lines)
