"""report: the figures, as JSON into a pipe and as tables on a terminal."""

import datetime as dt
import sys
from typing import Any

import click
import orjson

from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.errors import InvalidInput, NotFound

LONGEST_LIST = 15
"""Rows of a table on the terminal; the JSON has them all."""


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
    from telemetry_counter.accounts.snapshot import Snapshot
    from telemetry_counter.reporting.selection import Reach, parse_selection
    from telemetry_counter.store.reports import build_report

    name = owner or session.settings.default_owner
    if not name:
        raise InvalidInput("--owner is needed where DEFAULT_OWNER is not set.")
    admin = (await session.registry.refresh(Snapshot())).admins.get(name)
    if admin is None:
        raise NotFound(f"There is no admin {name}.")
    now = dt.datetime.now(dt.UTC)
    selection = parse_selection(query, Reach(now.date(), session.settings.retention_days), admin.apps)
    return await build_report(session.client, session.keys, admin, selection, now)


def show(content: dict[str, Any]) -> None:
    summary, days = content["summary"], content["date_range"]
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    click.secho(f"{content['admin']}, {span} (UTC)", bold=True)
    click.echo(
        f"{summary['unique_clients']:,} devices made {summary['total_requests']:,} requests "
        f"to {summary['total_active_apps']} apps; {summary['clients_using_latest_version']:,} on the latest "
        f"version, {summary['clients_outdated']:,} outdated."
    )
    show_share("Version", content["versions"]["usage"], "version", summary["unique_clients"])
    show_share("Platform", content["platforms"], "platform", summary["unique_clients"])
    show_share("Architecture", content["architectures"], "arch", summary["unique_clients"])
    show_share("Channel", content["channels"], "channel", summary["unique_clients"])
    show_days(content["daily_stats"])
    show_refusals(content["refusals"])
    for note in content["notes"]:
        click.echo(f"Note: {note}")
    click.echo(
        f"Device figures are estimates, standard error {content['accuracy']['standard_error_percent']} %."
    )


def show_share(title: str, items: list[dict[str, Any]], key: str, devices: int) -> None:
    if not items:
        return
    click.echo()
    rows = [
        (item[key], f"{item['client_count']:,}", f"{100 * item['client_count'] / max(devices, 1):.1f} %")
        for item in items[:LONGEST_LIST]
    ]
    print_table((title, "Devices", "Of all devices"), rows, empty="")
    if len(items) > LONGEST_LIST:
        click.echo(f"and {len(items) - LONGEST_LIST} more, all of them in the JSON (into a pipe)")


def show_days(days: list[dict[str, Any]]) -> None:
    click.echo()
    columns = ("Day (UTC)", "Requests", "Devices", "Latest", "Outdated")
    keys = ("total_requests", "unique_clients", "clients_using_latest_version", "clients_outdated")
    rows = [(day["date"], *(f"{day[key]:,}" for key in keys)) for day in days]
    print_table(columns, rows, empty="")


def show_refusals(refusals: dict[str, int]) -> None:
    if any(refusals.values()):
        click.echo()
        rows = [(reason, f"{hits:,}") for reason, hits in refusals.items() if hits]
        print_table(("Not counted", "Hits"), rows, empty="")
