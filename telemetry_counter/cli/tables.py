"""Tables for people; plain lines with tabs for pipes."""

import re
import sys
from collections.abc import Sequence

import click

WHOLE = 20
NUMBER = re.compile(r"-|[+-]?[0-9,.]+( %)?")


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str, heads_pipe: bool = False
) -> None:
    """A table on a terminal; one line a row, cells divided by tabs, into a pipe. `empty` goes to stderr.

    Into a pipe the headings go only with `heads_pipe`: rows of which one cannot guess what they are.
    """
    if not rows:
        click.echo(empty, err=True)
    elif is_terminal():
        _print_rich(columns, rows)
    else:
        for row in [columns, *rows] if heads_pipe else rows:
            click.echo("\t".join(row))


def is_terminal() -> bool:
    return sys.stdout.isatty()


def _print_rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        numeric = all(NUMBER.fullmatch(row[number]) for row in rows)
        longest = max(len(row[number]) for row in rows)
        table.add_column(
            column,
            justify="right" if numeric and number else "left",
            overflow="fold",
            # What is copied into the next command, ids and names, stays whole on a narrow terminal.
            min_width=min(longest, WHOLE) if number == 0 else None,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
