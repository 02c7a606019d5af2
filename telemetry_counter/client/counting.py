"""The way of a count: memory, the ledger on disk, the service once its day has ended."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping

from telemetry_counter.client.folder import LOCK_SECONDS, Folder
from telemetry_counter.client.guard import shielded
from telemetry_counter.client.installation import FILE as DEVICE_FILE
from telemetry_counter.client.installation import Installation
from telemetry_counter.client.program import Program
from telemetry_counter.client.recorder import Recorder
from telemetry_counter.client.summary import Summary
from telemetry_counter.client.worker import Job, Worker

# The modules of the ledger and the sender are imported where they are needed: json, datetime and uuid take
# longer than the rest of the library, and most runs of a program need them only at their end, or never.

WRITE_EVERY_SECONDS = 30.0
"""How long counts of a long-running program stay in memory only."""

GRACE_SECONDS = 0.2
"""What was started may be `telemetry off`: nothing is sent before it had the time to say so, or has ended."""


class Counting:
    __slots__ = (
        "_allowed",
        "_clock",
        "_ending",
        "_explain",
        "_folder",
        "_program",
        "_recorder",
        "_tended",
        "_worker",
    )

    def __init__(
        self,
        program: Program,
        folder: Folder,
        clock: Callable[[], float],
        allowed: Callable[[], bool],
        explain: Callable[[str], None],
    ) -> None:
        self._program = program
        self._folder = folder
        self._clock = clock
        self._allowed = allowed
        self._explain = explain
        self._recorder = Recorder()
        self._worker = Worker(explain)
        self._ending = threading.Event()
        self._tended = time.monotonic()

    def today(self) -> str:
        """The UTC date, YYYY-MM-DD."""
        return time.strftime("%Y-%m-%d", time.gmtime(self._clock()))

    def count(self, event: str, properties: Mapping[str, str]) -> None:
        self._recorder.count(self.today(), event, properties)

    def begin(self) -> None:
        """In the background, after the grace: sends the days that have ended."""
        self._tended = time.monotonic()
        self._worker.put(self._tend_after_grace)

    def tend(self, every: float) -> None:
        """In the background, not more often than `every` seconds: writes down, and sends what has ended."""
        now = time.monotonic()
        if now - self._tended >= every:
            self._tended = now
            self._worker.put(self._tend)

    def background(self, job: Job) -> bool:
        return self._worker.put(job)

    def finish(self, seconds: float) -> None:
        """Writes down what is in memory and waits for the background, no longer than `seconds` in all."""
        deadline = time.monotonic() + seconds
        self._ending.set()
        # No thread is started for it: an interpreter that is exiting starts none.
        shielded(self._explain, "writing down", lambda: self._write(min(LOCK_SECONDS, seconds)), None)
        self._worker.wait(deadline - time.monotonic())

    def pending(self) -> Mapping[str, Summary]:
        """Day -> what is not even written down."""
        return self._recorder.days()

    def drop(self) -> None:
        """Forgets what is in memory."""
        self._recorder.clear()

    def delete(self, *, device: bool) -> None:
        """Forgets what is in memory and on disk, the id of the installation too if `device`."""
        from telemetry_counter.client.ledger_file import FILE

        self._recorder.clear()
        self._folder.remove(FILE, *([DEVICE_FILE] if device else []))

    def start_over(self) -> None:
        """In a forked child: what is in memory is the parent's to count, and its thread is not here."""
        self._recorder.clear()
        self._worker = Worker(self._explain)
        self._ending = threading.Event()

    def _tend_after_grace(self) -> None:
        self._ending.wait(GRACE_SECONDS)
        self._tend()

    def _tend(self) -> None:
        if not self._allowed():
            self._recorder.clear()
            return
        with contextlib.suppress(OSError):
            self._write(LOCK_SECONDS)
        self._send()

    def _write(self, seconds: float) -> None:
        if self._recorder.days():
            from telemetry_counter.client.ledger_file import LedgerFile

            ledger = LedgerFile(self._folder)
            self._recorder.flush(lambda days: ledger.add(self._program.build, days, seconds))

    def _send(self) -> None:
        from telemetry_counter.client.ledger_file import LedgerFile
        from telemetry_counter.client.sender import Sender

        ledger, installation = LedgerFile(self._folder), Installation(self._folder)
        Sender(self._program, ledger, installation, self._allowed).deliver(self._clock())
