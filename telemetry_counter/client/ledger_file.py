"""The ledger on disk: every change is one locked read, change and replace, so that no count is lost."""

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping

from telemetry_counter.client import ledger as books
from telemetry_counter.client.folder import LOCK_SECONDS, Folder
from telemetry_counter.client.program import Build, Program
from telemetry_counter.client.summary import Summary

FILE = "counts.json"

MAX_TROUBLE = 200


class LedgerFile:
    __slots__ = ("_folder",)

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def add(self, build: Build, days: Mapping[str, Summary], seconds: float = LOCK_SECONDS) -> None:
        """Adds what was counted per day (YYYY-MM-DD); OSError where that cannot be written."""
        with self._changed(seconds) as ledger:
            for day, summary in days.items():
                ledger.add(dt.date.fromisoformat(day), build, summary)

    def claim(self, program: Program, now: float) -> list[books.Batch]:
        """What this program is to send now. It is on disk, with its ids, before anybody sends it."""
        if self._folder.read(FILE) is None:
            return []
        with self._changed() as ledger:
            ledger.close_days(now, _noise(program.noise))
            claimed = ledger.claim(now)
        return [batch for batch in claimed if batch.build[:2] == program.build[:2]]

    def settle(self, batch_id: str) -> None:
        with self._changed() as ledger:
            ledger.settle(batch_id)

    def keep(self, trouble: str) -> None:
        """Writes down why an attempt failed, for `telemetry show`."""
        with self._changed() as ledger:
            # Nothing is left to be explained where the user has deleted it meanwhile.
            ledger.trouble = trouble[:MAX_TROUBLE] if ledger.batches else ""

    def read(self) -> books.Ledger:
        """The ledger as it stands; a fresh one where the file is missing or broken."""
        try:
            content = self._folder.read(FILE)
            return books.parse(content) if content else books.Ledger()
        except ValueError:
            return books.Ledger()

    @contextlib.contextmanager
    def _changed(self, seconds: float = LOCK_SECONDS) -> Iterator[books.Ledger]:
        with self._folder.locked(seconds):
            ledger = self.read()
            before = books.dump(ledger)
            yield ledger
            after = books.dump(ledger)
            if after != before:
                self._folder.write(FILE, after)


def _noise(epsilon: float | None) -> Callable[[Summary], None]:
    """What is done to a day's counts once, as it ends, so that every attempt sends the same."""
    if epsilon is None:
        return lambda summary: None
    from telemetry_counter.client.noise import add_noise

    return functools.partial(add_noise, epsilon=epsilon)
