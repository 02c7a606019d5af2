"""Tables shown anew in the same place, as much of them as the window has room for."""

import io
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout

import click

from telemetry_counter.cli.tables import is_terminal


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
