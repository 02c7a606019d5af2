"""The one directory of an app's telemetry: small private files, written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator

from telemetry_counter.client.locks import locked

MAX_BYTES = 4 << 20
"""More than the largest ledger; a bigger file is none of ours."""

LOCK_SECONDS = 0.3
"""Long enough for a hundred processes that each hold the lock for a few milliseconds."""


class Folder:
    """Files by name; nothing is created before the first write. `path` is empty where there is no home."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def at(self, name: str) -> str:
        return os.path.join(self.path, name)

    def read(self, name: str) -> str | None:
        """The file's text, None where there is none; ValueError for one that cannot be ours."""
        if not self.path:
            return None
        try:
            with open(self.at(name), "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if len(content) > MAX_BYTES:
            raise ValueError(f"{name} is too large")
        return content.decode()

    @contextlib.contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Keeps other processes from writing; raises OSError (Busy, read-only, no home) where it cannot."""
        if not self.path:
            raise FileNotFoundError("there is no home directory")
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        with locked(self.at("lock"), seconds):
            yield

    def write(self, name: str, text: str, *, durable: bool = False) -> None:
        """Replaces the file in one step; the caller holds the lock."""
        fresh = self.at(name + ".new")
        try:
            _write_private(fresh, text.encode(), durable)
            os.replace(fresh, self.at(name))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(fresh)
            raise

    def remove(self, *names: str) -> None:
        """Deletes the files, those that are there."""
        if not os.path.isdir(self.path):
            return
        with self.locked():
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.at(name))


def _write_private(path: str, content: bytes, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(descriptor)
