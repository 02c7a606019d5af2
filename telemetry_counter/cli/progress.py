"""The bar that shows how far a long command is, on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Step(Protocol):
    """Called after each step."""

    def __call__(self, steps: int = 1) -> None: ...


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Step]:
    """On standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)

        def step(steps: int = 1) -> None:
            bar.advance(task, steps)

        yield step
