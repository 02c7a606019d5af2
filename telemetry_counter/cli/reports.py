"""report: the figures, as JSON into a pipe and as tables on a terminal."""

import sys
from typing import Any

import click
import orjson

from telemetry_counter.cli.session import Session, run

PARAMETERS = ("range", "date", "from", "to", "apps", "channels", "platforms", "architectures")


@click.command()
@click.option("--owner", help="The admin.  [default: DEFAULT_OWNER]")
@click.option("--range", "range_", help="today, week or month.  [default: today]")
@click.option("--date", help="One day, YYYY-MM-DD.")
@click.option("--from", "from_", help="First day, YYYY-MM-DD.")
@click.option("--to", help="Last day, YYYY-MM-DD.")
@click.option("--apps", help="Only these apps, divided by commas.")
@click.option("--channels", help="Only these channels.")
@click.option("--platforms", help="Only these platforms.")
@click.option("--architectures", help="Only these architectures.")
def report(owner: str | None, range_: str | None, from_: str | None, **rest: str | None) -> None:
    """Show the report: JSON into a pipe, tables on a terminal."""
    given = {"range": range_, "from": from_, **rest}
    query = {name: value for name, value in given.items() if value is not None}
    content = run(lambda session: work(session, owner, query))
    if sys.stdout.isatty():
        show(content)
    else:
        click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2))


async def work(session: Session, owner: str | None, query: dict[str, str]) -> dict[str, Any]:
    raise NotImplementedError


def show(content: dict[str, Any]) -> None:
    raise NotImplementedError
