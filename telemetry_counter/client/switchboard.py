"""The user's side of it: what is on, why, what is kept, and every way to say no."""

import time
from collections.abc import Callable

from telemetry_counter.client import notice
from telemetry_counter.client.consent import NO_NOTICE, Status
from telemetry_counter.client.counting import Counting
from telemetry_counter.client.debug import say
from telemetry_counter.client.guard import guarded
from telemetry_counter.client.program import Program
from telemetry_counter.client.switches import Switches, folder_of

BROKEN = Status(False, "something broke; debug mode says what")


class Switchboard:
    """The part of Telemetry that answers to the user. No method raises into the program."""

    def __init__(
        self,
        program: Program,
        *,
        enabled: bool | None = None,
        directory: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._program = program
        self._folder = folder_of(program, directory)
        self._switches = Switches(program, self._folder, enabled)
        self._counting = Counting(program, self._folder, clock, self._allowed, self._explain)
        self._known: Status | None = None

    @property
    def variable(self) -> str:
        """The environment variable that switches it off: EDITOR_TELEMETRY."""
        return self._program.variable

    @guarded(BROKEN)
    def status(self) -> Status:
        """On or off, and why; for --version and the first line of a log. Changes nothing."""
        return self._decide()

    @guarded(False)
    def first_run_notice(self, *, show: Callable[[str], object] | None = None, ask: bool = False) -> bool:
        """Shows the notice, once: with `show`, or on the terminal if there is one; whether it did so now."""
        if self._decide().reason != NO_NOTICE:
            return False
        text = notice.notice(self._program, self._folder)
        if self._debugging():
            say(text)
            return False
        if not notice.can_show(show, ask):
            return False
        notice.present(self._switches.preferences, self._counting.today(), text, show, ask)
        self._decide()
        return True

    @guarded(False)
    def switch_on(self) -> bool:
        """Remembers the user's yes. Other switches may still say no: see status()."""
        self._switches.preferences.choose("on")
        self._decide()
        return True

    @guarded(False)
    def switch_off(self) -> bool:
        """Off for this run in any case; whether it could be remembered. What was not sent yet is deleted."""
        self.off_for_this_run()
        self._switches.preferences.choose("off")
        self._switches.flag = False
        self._decide()
        self._counting.delete(device=False)
        return True

    @guarded(None)
    def off_for_this_run(self) -> None:
        """What --no-telemetry does."""
        self._switches.flag = True
        self._counting.drop()
        self._decide()

    @guarded(None)
    def debug_this_run(self) -> None:
        """What --debug-telemetry does."""
        self._switches.debug_flag = True
        say(str(self._decide()))

    @guarded(False)
    def forget(self) -> bool:
        """Deletes the id of this installation and every count; what the user chose stays."""
        self._counting.delete(device=True)
        return True

    @guarded("")
    def show(self) -> str:
        """Everything there is to know: the status, the files, and what will be sent, word for word."""
        from telemetry_counter.client.showing import overview

        return overview(self._program, self._folder, self._decide(), self._counting.pending())

    def _decide(self) -> Status:
        self._known = self._switches.status()
        return self._known

    def _allowed(self) -> bool:
        return self._decide().on and not self._debugging()

    def _debugging(self) -> bool:
        return self._switches.debug_flag or self._switches.debug_variable()

    def _explain(self, trouble: str) -> None:
        if self._debugging():
            say(trouble)
