"""What a program holds: one object that counts, asks about updates, and never gets in its way."""

import atexit
import contextlib
import os
import time
import weakref
from collections.abc import Callable, Iterable

from telemetry_counter.client import updates
from telemetry_counter.client.checks import UpdateCheck, beacon_url, check_url
from telemetry_counter.client.consent import Status
from telemetry_counter.client.counting import WRITE_EVERY_SECONDS
from telemetry_counter.client.debug import say
from telemetry_counter.client.guard import guarded, shielded
from telemetry_counter.client.installation import Installation
from telemetry_counter.client.names import is_name
from telemetry_counter.client.payload import Payload, flatten
from telemetry_counter.client.program import Build, Program, this_arch, this_platform, variable_name
from telemetry_counter.client.switchboard import BROKEN, Switchboard

EXIT_SECONDS = 0.7
"""The most that the end of the program waits, for the disk and the network together."""

CHECK_SECONDS = 3.0


class Telemetry(Switchboard):
    """Counts for one program; docs/client.md explains the arguments. No method raises into the program."""

    def __init__(
        self,
        address: str,
        *,
        owner: str,
        app: str,
        version: str,
        channel: str = "",
        platform: str | None = None,
        arch: str | None = None,
        command: str = "",
        read_more: str = "",
        collects: Iterable[str] = (),
        variable: str = "",
        enabled: bool | None = None,
        noise: float | None = None,
        directory: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        platform = this_platform() if platform is None else platform
        arch = this_arch() if arch is None else arch
        build = Build(owner, app, version, channel, platform, arch)
        variable = variable or variable_name(app)
        program = Program(address, build, command, read_more, collects, variable, noise)
        super().__init__(program, enabled=enabled, directory=directory, clock=clock)
        self._installation = Installation(self._folder)
        self._registered = False
        _living.add(self)

    @guarded(BROKEN)
    def register(self) -> Status:
        """Decides whether telemetry is on and prepares for the program's end; sends nothing."""
        if not self._registered:
            self._registered = True
            atexit.register(self._at_exit)
        return self._decide()

    @guarded(None)
    def bootstrap(self) -> None:
        """Sends, in the background, the days that ended since the last time."""
        if self.register().on and not self._debugging():
            self._counting.begin()

    @guarded(False)
    def send(self, event: str, payload: Payload | None = None) -> bool:
        """Counts the event once; whether it was counted. It leaves the machine in the summary of its day."""
        if not is_name(event):
            raise ValueError(f"{event!r} cannot be the name of an event")
        if self._debugging():
            self._print_event(event, flatten(payload or {}))
            return False
        if not self._on():
            return False
        self._counting.count(event, flatten(payload or {}))
        self._counting.tend(WRITE_EVERY_SECONDS)
        return True

    @guarded(None)
    def destroy(self) -> None:
        """Writes the counts down and waits, for less than a second, for what is being sent."""
        if self._debugging():
            self._print_pending()
        elif self._decide().on:
            self._counting.finish(EXIT_SECONDS)
        else:
            self._counting.drop()

    def __enter__(self) -> "Telemetry":
        self.bootstrap()
        return self

    def __exit__(self, *unused: object) -> None:
        self.destroy()

    @guarded(UpdateCheck("failed", BROKEN.reason))
    def check_for_updates(self, *, timeout: float = CHECK_SECONDS, user_asked: bool = False) -> UpdateCheck:
        """Waits `timeout` seconds at most. Where it is off only if `user_asked`, and without an id."""
        if self._debugging():
            say(updates.described(check_url(self._program), self._installation.known_id()))
            return UpdateCheck("off", "debug mode: printed, not sent")
        status = self._decide()
        if self._program.fault() or not (status.on or user_asked):
            return UpdateCheck("off", status.reason)
        return updates.check(self._program, self._device(), timeout, self._explain)

    @guarded(False)
    def beacon(self, *, is_latest: bool | None = None) -> bool:
        """Counts this start, in the background, for a program that learns of updates elsewhere."""
        if self._debugging():
            say(updates.described(beacon_url(self._program, is_latest), self._installation.known_id()))
            return False
        if not self.register().on:
            return False
        return self._counting.background(lambda: self._tell(is_latest))

    def _on(self) -> bool:
        """By the last decision: a count must not cost the reading of files."""
        return (self._known or self.register()).on

    def _tell(self, is_latest: bool | None) -> None:
        device = self._device()
        if device:
            updates.tell(self._program, device, is_latest)

    def _device(self) -> str:
        """Empty, so that nothing is counted, without consent or where no id can be kept."""
        return shielded(self._explain, "id", self._installation.device_id, "") if self._allowed() else ""

    def _print_event(self, event: str, properties: dict[str, str]) -> None:
        self.register()
        self._counting.count(event, properties)
        say(f"{event} {properties}")

    def _print_pending(self) -> None:
        from telemetry_counter.client.showing import payloads

        pending = self._counting.pending()
        if pending:
            requests = payloads(self._program, pending, self._installation.known_id())
            say(f"would be sent once the day has ended:\n{requests}")
            self._counting.drop()

    def _at_exit(self) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            self.destroy()

    def _start_over(self) -> None:
        self._counting.start_over()


_living: "weakref.WeakSet[Telemetry]" = weakref.WeakSet()


def _start_over_in_child() -> None:
    for telemetry in list(_living):
        telemetry._start_over()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over_in_child)
