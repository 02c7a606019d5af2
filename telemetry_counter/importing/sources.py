"""What is imported: a file, or standard input, of which a copy is made, as it is read twice."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from telemetry_counter.errors import InvalidInput

STANDARD_INPUT = Path("-")


class Source(Protocol):
    """Read from its start by each `open`; its text is how it is called in sentences."""

    def open(self, mode: Literal["rb"], /) -> BufferedReader: ...


class Copy:
    """Of standard input. It has no name, so that nothing of it is left however the program ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def open(self, mode: Literal["rb"], /) -> BufferedReader:
        self._file.seek(0)
        return os.fdopen(os.dup(self._file.fileno()), mode)

    def __str__(self) -> str:
        return "standard input"


@contextmanager
def source_of(file: Path, standard_input: BinaryIO | None) -> Iterator[Source]:
    """Raises InvalidInput where the copy has no room."""
    if file != STANDARD_INPUT or standard_input is None:
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        try:
            shutil.copyfileobj(standard_input, copy)
            copy.flush()
        except OSError as error:
            raise InvalidInput(
                f"Standard input cannot be copied into {tempfile.gettempdir()}: {error.strerror}. "
                "Set TMPDIR to a directory with more room, or import a file."
            ) from error
        yield Copy(copy)
