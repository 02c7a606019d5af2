"""Tables for people; plain lines with tabs for pipes."""

import re
import shutil
import sys
from collections.abc import Sequence

import click

WHOLE = 20
GAP = 2
"""Columns between two cells."""

NUMBER = re.compile(r"-|[+-]?[0-9,.]+( %)?")


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str, heads_pipe: bool = False
) -> None:
    """A table on a terminal; one line a row, cells divided by tabs, into a pipe. `empty` goes to stderr.

    In a window with no room for its longest words, each row stands below the other.
    Into a pipe the headings go only with `heads_pipe`: rows of which one cannot guess what they are.
    """
    if not rows:
        click.echo(empty, err=True)
    elif not is_terminal():
        for row in [columns, *rows] if heads_pipe else rows:
            click.echo("\t".join(row))
    elif least_width(columns, rows) > shutil.get_terminal_size().columns:
        print_stacked(columns, rows)
    else:
        _print_rich(columns, rows)


def print_stacked(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Each row below the other, a line a cell."""
    for name, *cells in rows:
        click.secho(f"{columns[0]}: {name}", bold=True)
        for column, cell in zip(columns[1:], cells, strict=True):
            if column or cell:
                click.echo(f"  {column}: {cell}" if column else f"  {cell}")


def is_terminal() -> bool:
    return sys.stdout.isatty()


def _print_rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=None, header_style="bold", padding=(0, GAP, 0, 0))
    for number, (column, width) in enumerate(zip(columns, widths(columns, rows, console.width), strict=True)):
        numeric = all(NUMBER.fullmatch(row[number]) for row in rows)
        longest = max(len(row[number]) for row in rows)
        table.add_column(
            column,
            justify="right" if numeric and number else "left",
            overflow="fold",
            width=width,
            # What is copied into the next command, ids and names, stays whole on a narrow terminal.
            min_width=min(longest, WHOLE) if number == 0 else None,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def least_width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Of a table in which lines are broken only between words."""
    return sum(least + GAP for least, _ in _spans(columns, rows))


def widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int | None]:
    """Of each column, so that no word is broken; none where there is room for all, or not even for that."""
    spans = _spans(columns, rows)
    spare = room - least_width(columns, rows)
    if spare < 0 or sum(whole + GAP for _, whole in spans) <= room:
        return [None] * len(columns)
    found = [least for least, _ in spans]
    lacks = [whole - least for least, whole in spans]
    broken = [sum(len(row[number]) > least for row in rows) for number, least in enumerate(found)]
    # Whole where it saves the most lines; what is left goes where the most is broken.
    for number in sorted(range(len(spans)), key=lambda number: -broken[number]):
        if lacks[number] <= spare:
            spare -= lacks[number]
            found[number] += lacks[number]
            lacks[number] = 0
    longest = max(range(len(spans)), key=lambda number: lacks[number])
    found[longest] += min(spare, lacks[longest])
    return [*found]


def _spans(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Of each column: how wide its longest word is (the first is not broken up to WHOLE), and all of it."""
    spans = []
    for number, (column, *cells) in enumerate(zip(columns, *rows, strict=True)):
        whole = max(map(len, (column, *cells)))
        words = (
            [column, *cells] if number == 0 else [word for cell in (column, *cells) for word in _words(cell)]
        )
        spans.append((min(max(map(len, words), default=0), WHOLE), whole))
    return spans


def _words(cell: str) -> list[str]:
    return [cell] if NUMBER.fullmatch(cell) else cell.split()
