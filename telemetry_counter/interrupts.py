"""Ctrl-C in a command: one sentence and the status that shells give it, without a stack."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTED = "Interrupted."
STATUS = 128 + signal.SIGINT


@contextmanager
def interrupted_as(sentence: str) -> Iterator[None]:
    """Says what is true of the work inside, once it is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{INTERRUPTED} {sentence}") from None


def end_interrupted(by: KeyboardInterrupt) -> NoReturn:
    """On a line of its own, as a terminal shows ^C on the one before."""
    sys.stderr.write(f"\n{by.args[0] if by.args else INTERRUPTED}\n")
    raise SystemExit(STATUS)
