"""A program with a loop that must not stand still: updates are asked for beside it, the notice is a window.

`Loop` stands for what a toolkit brings: `after` for Tk, `QTimer.singleShot` for Qt, `GLib.idle_add` for GTK.

    python examples/gui_loop.py
"""

import os
import queue
import threading
import time
from collections.abc import Callable

from telemetry_counter.client import Telemetry, UpdateCheck

FRAME_SECONDS = 0.02

telemetry = Telemetry(
    os.environ.get("COUNTER", "http://127.0.0.1:8000"),
    owner="acme",
    app="painter",
    version="0.9.0",
    channel="beta",
    read_more="https://acme.example/painter/telemetry",
    collects=("which tools are used",),
)


class Loop:
    """Frames at a fixed pace; `call_soon` may be called from any thread."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def call_soon(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def run(self, frames: int) -> None:
        for _ in range(frames):
            began = time.monotonic()
            self._frame()
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(FRAME_SECONDS)

    def _frame(self) -> None:
        while not self._calls.empty():
            self._calls.get()()


def look_for_updates(loop: Loop, shown: Callable[[UpdateCheck], None]) -> None:
    """The check may take seconds: it waits on a thread, and its answer comes back through the loop."""

    def wait() -> None:
        check = telemetry.check_for_updates()
        loop.call_soon(lambda: shown(check))

    threading.Thread(target=wait, daemon=True).start()


def show_update(check: UpdateCheck) -> None:
    print(f"update: {check.outcome}, {'available' if check.available else 'none'}")


def paint(tool: str) -> None:
    print(f"painted with {tool}")
    telemetry.send("tool", {"event_properties": {"tool": tool}})


def main() -> None:
    loop = Loop()
    # A window of the program's own; whoever has seen it can still say no in the settings.
    telemetry.first_run_notice(show=lambda text: print(f"[window]\n{text}[OK]"))
    with telemetry:
        look_for_updates(loop, show_update)
        for tool in ("brush", "pencil", "brush"):
            loop.call_soon(lambda tool=tool: paint(tool))  # type: ignore[misc]
        loop.run(frames=int(os.environ.get("FRAMES", "40")))
    print(f"longest frame: {loop.longest * 1000:.0f} ms")


if __name__ == "__main__":
    main()
