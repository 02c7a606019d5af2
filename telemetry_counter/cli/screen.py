"""Reports in a window of any size: rows that do not fit side by side, and lines that do not fit below."""

import io
import shutil
import textwrap
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout

import click

from telemetry_counter.cli.tables import GAP, WHOLE, is_terminal, least_width, print_stacked, print_table


def sentence(text: str) -> None:
    """No word or number of it is broken at the end of a line."""
    if is_terminal():
        text = textwrap.fill(text, shutil.get_terminal_size().columns, break_on_hyphens=False)
    click.echo(text)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str = "", breaks_cells: bool = False
) -> None:
    """Each row below the other where they have no room side by side: half a number is a wrong one.

    Cells of several words may be broken between them before that (`breaks_cells`).
    """
    width = least_width if breaks_cells else _width
    if not rows or not is_terminal() or width(columns, rows) <= shutil.get_terminal_size().columns:
        print_table(columns, rows, empty=empty)
        return
    print_stacked(columns, rows)


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    first, *others = ([head, *cells] for head, *cells in zip(columns, *rows, strict=True))
    return min(max(map(len, first)), WHOLE) + sum(GAP + max(map(len, cells)) for cells in others) + GAP


class _Captured(io.StringIO):
    """Taken for the terminal that it stands for, so that what is written is as wide and as bold."""

    def isatty(self) -> bool:
        return True


def captured(show: Callable[[], None]) -> str:
    """What it prints to a terminal."""
    out = _Captured()
    with redirect_stdout(out):
        show()
    return out.getvalue()


def redraw(show: Callable[[], None], footer: str) -> None:
    """From its top, as what matters most stands there; into a pipe all of it."""
    if not is_terminal():
        show()
        click.echo(footer)
        return
    size = shutil.get_terminal_size()
    content = fitted(captured(show), footer, size.columns, size.lines)
    click.clear()
    click.echo(content, nl=False)


def fitted(content: str, footer: str, columns: int, rows: int) -> str:
    """The first lines that leave room for the footer; how many do not fit is said."""
    lines, end = content.rstrip("\n").split("\n"), ["", footer]
    if _rows([*lines, *end], columns) > rows:
        end = ["", "", footer]
        room = rows - _rows([*end, _left_out(len(lines))], columns) + 1
        shown = _first(lines, columns, room)
        end[1], lines = _left_out(len(lines) - len(shown)), shown
    return "\n".join([*lines, *end])


def _left_out(lines: int) -> str:
    return f"{lines} more lines do not fit; a higher window shows them."


def _first(lines: list[str], columns: int, rows: int) -> list[str]:
    count = len(lines)
    while count and _rows(lines[:count], columns) > rows:
        count -= 1
    return lines[:count]


def _rows(lines: list[str], columns: int) -> int:
    """Rows of the window that they take, as long ones are broken."""
    return sum(max(1, -(-len(click.unstyle(line)) // columns)) for line in lines)
