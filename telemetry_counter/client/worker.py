"""Background work on a daemon thread that lives only while there is some."""

import threading
from collections import deque
from collections.abc import Callable

from telemetry_counter.client.guard import shielded

MAX_WAITING = 16

Job = Callable[[], None]


class Worker:
    __slots__ = ("_explain", "_jobs", "_lock", "_thread")

    def __init__(self, explain: Callable[[str], None]) -> None:
        self._explain = explain
        self._jobs: deque[Job] = deque()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None

    def put(self, job: Job) -> bool:
        """Queues the job; False where too many wait already."""
        with self._lock:
            if len(self._jobs) >= MAX_WAITING:
                return False
            self._jobs.append(job)
            if self._thread is None:
                self._start()
            return True

    def wait(self, seconds: float) -> bool:
        """Whether all work was done within `seconds`."""
        thread = self._thread
        if thread is not None and seconds > 0:
            thread.join(seconds)
        return self._thread is None

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="telemetry", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is shutting down, or there is no room for a thread
            self._jobs.clear()
            raise
        self._thread = thread

    def _work(self) -> None:
        while (job := self._next()) is not None:
            shielded(self._explain, "background", job, None)

    def _next(self) -> Job | None:
        with self._lock:
            if self._jobs:
                return self._jobs.popleft()
            self._thread = None
            return None


def within(seconds: float, call: Callable[[], None]) -> bool:
    """Runs `call` on its own thread; whether it ended in time. Looking up a name has no other timeout."""
    thread = threading.Thread(target=call, name="telemetry-check", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
