"""report: the figures, as JSON into a pipe and as tables on a terminal."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import orjson

from telemetry_counter.cli import tables
from telemetry_counter.cli.asking import asker, parameters, selection_options
from telemetry_counter.cli.report_tables import show, show_web
from telemetry_counter.cli.screen import redraw
from telemetry_counter.cli.session import Session, run
from telemetry_counter.errors import InvalidInput, StoreUnavailable

WATCH_SECONDS = 5


@click.command()
@selection_options
@click.option("--compare", is_flag=True, help="Beside the same number of days before.")
@click.option("--active", is_flag=True, help="Devices active in the day, week and month up to each day.")
@click.option("--web", is_flag=True, help="Pages instead of update checks.")
@click.option("--path", help="With --web: only pages whose path begins so.")
@click.option("--referrer", help="With --web: only views that came from there.")
@click.option("--watch", is_flag=True, help=f"Show the tables anew every {WATCH_SECONDS} seconds.")
def report(
    owner: str | None, compare: bool, active: bool, web: bool, watch: bool, **rest: str | None
) -> None:
    """Show the report: JSON into a pipe, tables on a terminal."""
    query = parameters(rest)
    if web and (compare or active):
        raise InvalidInput("--compare and --active are not for --web.")
    if not web and {"path", "referrer"} & query.keys():
        raise InvalidInput("--path and --referrer are for --web.")
    query |= {"compare": "previous"} if compare else {}
    query |= {"include": "active"} if active else {}

    def ask() -> dict[str, Any]:
        return run(lambda session: (ask_web if web else ask_checks)(session, owner, query))

    if watch:
        keep_showing(ask, web)
    elif tables.is_terminal():
        (show_web if web else show)(ask())
    else:
        click.echo(orjson.dumps(ask(), option=orjson.OPT_INDENT_2))


def keep_showing(ask: Callable[[], dict[str, Any]], web: bool) -> None:
    """Until Ctrl-C. A store that goes away meanwhile is waited for."""
    footer, content = f"Every {WATCH_SECONDS} s; Ctrl-C ends.", None
    try:
        while True:
            try:
                content, trouble = ask(), ""
            except StoreUnavailable as error:
                if content is None:
                    raise
                trouble = f"{error} These are the last figures. "
            redraw(partial(show_web if web else show, content), trouble + footer)
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        click.echo()


async def ask_checks(session: Session, owner: str | None, query: dict[str, str]) -> dict[str, Any]:
    from telemetry_counter.reporting.extras import parse_extras
    from telemetry_counter.reporting.selection import parse_selection
    from telemetry_counter.store.reading.full_reports import build_full_report

    who = await asker(session, owner)
    selection = parse_selection(query, who.reach, who.admin.apps, with_year=True)
    more = parse_extras(query)
    return await build_full_report(
        session.client, session.keys, who.admin, selection, who.now, who.reach, more
    )


async def ask_web(session: Session, owner: str | None, query: dict[str, str]) -> dict[str, Any]:
    from telemetry_counter.pages.filters import read_filter
    from telemetry_counter.reporting.selection import parse_selection
    from telemetry_counter.store.reading.page_figures import build_page_report

    who = await asker(session, owner)
    selection = parse_selection(query, who.reach, who.admin.apps)
    return await build_page_report(session.client, session.keys, who.admin, selection, read_filter(query))
