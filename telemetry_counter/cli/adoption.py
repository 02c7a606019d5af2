"""adoption: how fast an app's releases reach its devices."""

from typing import Any

import click
import orjson

from telemetry_counter.cli import tables
from telemetry_counter.cli.asking import asker, parameters
from telemetry_counter.cli.report_tables import show_adoption
from telemetry_counter.cli.session import Session, run, split_app


@click.command()
@click.argument("path", metavar="OWNER/APP")
@click.option("--channel", default="stable", show_default=True, help="The channel.")
@click.option("--platform", help="Only this platform.")
@click.option("--arch", help="Only this architecture.")
@click.option("--range", "range_", help="today, week or month.  [default: all days that are kept]")
@click.option("--from", "from_", help="First day, YYYY-MM-DD.")
@click.option("--to", help="Last day, YYYY-MM-DD.")
def adoption(path: str, **rest: str | None) -> None:
    """Show how fast releases reach devices: JSON into a pipe, tables on a terminal."""
    owner, app = split_app(path)
    content = run(lambda session: ask(session, owner, parameters(rest) | {"app": app}))
    if tables.is_terminal():
        show_adoption(content)
    else:
        click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2))


async def ask(session: Session, owner: str, query: dict[str, str]) -> dict[str, Any]:
    from telemetry_counter.reporting.adoption import parse
    from telemetry_counter.store.reading.adoption import build_adoption

    who = await asker(session, owner)
    question = parse(query, who.reach, who.admin.apps)
    return await build_adoption(session.client, session.keys, who.admin, question, who.now)
