"""events: what an app declares that it sends, and the report of what it sent."""

import datetime as dt
from collections.abc import Callable
from typing import Any, TextIO

import click
import orjson

from telemetry_counter.cli.session import Session, run, split_app
from telemetry_counter.cli.tables import is_terminal, print_table
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.events.declaration import Declaration, parse_declaration

SELECTION = (
    ("--owner", "owner", "The admin.  [default: DEFAULT_OWNER]"),
    ("--range", "range", "today, week or month.  [default: today]"),
    ("--date", "date", "One day, YYYY-MM-DD."),
    ("--from", "from", "First day, YYYY-MM-DD."),
    ("--to", "to", "Last day, YYYY-MM-DD."),
    ("--apps", "apps", "Only these apps, divided by commas."),
    ("--channels", "channels", "Only these channels."),
    ("--platforms", "platforms", "Only these platforms."),
    ("--architectures", "architectures", "Only these architectures."),
)


@click.group()
def events() -> None:
    """Events that programs report: what they declare, and how often it happened."""


@events.command("declare")
@click.argument("file", type=click.File())
def declare(file: TextIO) -> None:
    """Take what an app declares that it sends, from a TOML file; everything else is then refused."""
    try:
        path, declaration = parse_declaration(file.read())
    except UnicodeDecodeError:
        raise InvalidInput("The file is not a declaration of events: it is not UTF-8.") from None
    owner, app = split_app(path)
    run(lambda session: session.registry.declare(owner, app, declaration))
    number = len(declaration.events)
    click.echo(f"{path} sends {number} event{'' if number == 1 else 's'}; others are refused.", err=True)


@events.command("undeclare")
@click.argument("path", metavar="OWNER/APP")
def undeclare(path: str) -> None:
    """Take a declaration back: the app may send any event."""
    owner, app = split_app(path)
    run(lambda session: session.registry.declare(owner, app, None))
    click.echo(f"{path} may send any event.", err=True)


@events.command("show")
@click.argument("path", metavar="OWNER/APP")
def show(path: str) -> None:
    """Show what an app declares."""
    owner, app = split_app(path)
    declaration = run(lambda session: _declaration(session, owner, app))
    rows = declared_rows(declaration) if declaration else []
    empty = f"{path} declares nothing, so it may send any event: telemetry-counter events declare FILE"
    print_table(("Event", "Property", "Values", "What it is"), rows, empty=empty)


def selected(command: Callable[..., None]) -> Callable[..., None]:
    """With the options that select days, apps and builds."""
    for option, name, text in reversed(SELECTION):
        command = click.option(option, name, help=text)(command)
    return command


@events.command("report")
@click.argument("path", metavar="[OWNER/APP]", default="")
@selected
def report(path: str, owner: str | None, **given: str | None) -> None:
    """Show how often events of an app, or of all apps, happened: JSON into a pipe, tables on a terminal."""
    query = {name: value for name, value in given.items() if value is not None}
    if path:
        if owner or "apps" in query:
            raise InvalidInput("Give OWNER/APP, or --owner and --apps.")
        owner, query["apps"] = split_app(path)
    content = run(lambda session: _report(session, owner, query))
    if is_terminal():
        show_report(content)
    else:
        click.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2))


async def _declaration(session: Session, owner: str, app: str) -> Declaration | None:
    from telemetry_counter.accounts.snapshot import Snapshot

    known = (await session.registry.refresh(Snapshot())).app(owner, app)
    if known is None:
        raise NotFound(f"There is no app {owner}/{app}.")
    return known.declaration


async def _report(session: Session, owner: str | None, query: dict[str, str]) -> dict[str, Any]:
    from telemetry_counter.accounts.snapshot import Snapshot
    from telemetry_counter.reporting.selection import Reach, parse_selection
    from telemetry_counter.store.reading.event_figures import build_event_report

    name = owner or session.settings.default_owner
    if not name:
        raise InvalidInput("--owner is needed where DEFAULT_OWNER is not set.")
    admin = (await session.registry.refresh(Snapshot())).admins.get(name)
    if admin is None:
        raise NotFound(f"There is no admin {name}.")
    today = dt.datetime.now(dt.UTC).date()
    selection = parse_selection(query, Reach(today, session.settings.retention_days), admin.apps)
    return await build_event_report(session.client, session.keys, admin, selection)


def declared_rows(declaration: Declaration) -> list[tuple[str, ...]]:
    """An event's own line, then one for each of its properties; those of all events come last."""
    groups = [(name, of.description, of.properties) for name, of in sorted(declaration.events.items())]
    rows: list[tuple[str, ...]] = []
    for name, description, properties in [*groups, ("any", "", declaration.properties)]:
        rows += [(name, "", "", description)] if description else []
        for property_name, of in sorted(properties.items()):
            rows.append((name, property_name, ", ".join(of.values) or "any", of.description))
    return rows


def show_report(content: dict[str, Any]) -> None:
    summary, days = content["summary"], content["date_range"]
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    click.secho(f"{content['admin']}, events of {span} (UTC)", bold=True)
    total, devices = summary["total_events"], summary["unique_clients"]
    times = f"{total:,} event{'' if total == 1 else 's'}"
    click.echo(f"{times} from {devices:,} device{'' if devices == 1 else 's'}.\n")
    rows = [_row(one, one["event"]) for one in content["events"]]
    print_table(("Event", "Times", "Devices"), rows, empty="No events were reported.")
    values = [
        (one["event"], of["property"], *_row(value, value["value"]))
        for one in content["events"]
        for of in one["properties"]
        for value in of["values"]
    ]
    if values:
        click.echo()
        print_table(("Event", "Property", "Value", "Times", "Devices"), values, empty="")
    for note in content["notes"]:
        click.echo(f"Note: {note}")


def _row(figures: dict[str, Any], name: str) -> tuple[str, str, str]:
    return (name, f"{figures['count']:,}", f"{figures['client_count']:,}")
