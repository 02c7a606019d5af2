"""What the user has decided: in configuration files written by hand, and with the telemetry command."""

from collections.abc import Iterable
from typing import NamedTuple

from telemetry_counter.client import shapes
from telemetry_counter.client.folder import Folder

CONFIG_FILE = "config.toml"
"""Written by people only: `enabled = false`."""

CHOICE_FILE = "choice.json"


class Choice(NamedTuple):
    """`telemetry` is "on", "off" or, undecided, empty; `notice` the day it was shown, else empty."""

    telemetry: str = ""
    notice: str = ""


class Unreadable(ValueError):
    """The user's choice is there but cannot be read, so it may have been a no."""


class Preferences:
    """Reads the user's folder and, for configuration files, the machine's before it."""

    __slots__ = ("_configured", "_folder")

    def __init__(self, folder: Folder, machine: Iterable[Folder] = ()) -> None:
        self._folder = folder
        self._configured = (*machine, folder)

    def objection(self) -> str:
        """What a configuration file says against telemetry, as a sentence; empty if nothing."""
        return next(filter(None, map(_objection, self._configured)), "")

    def choice(self) -> Choice:
        """What the telemetry command and the notice left behind; Unreadable where that cannot be told."""
        try:
            content = self._folder.read(CHOICE_FILE)
            return _parse(content) if content is not None else Choice()
        except (OSError, ValueError) as error:
            raise Unreadable(f"{self._folder.at(CHOICE_FILE)} cannot be read ({error})") from error

    def choose(self, telemetry: str) -> None:
        """Remembers "on" or "off"; OSError where it cannot be written."""
        self._write(telemetry=telemetry)

    def notice_shown(self, day: str) -> None:
        """Remembers the day (or, with an empty one, that it was not shown after all)."""
        self._write(notice=day)

    def _write(self, **changes: str) -> None:
        import json

        with self._folder.locked():
            try:
                choice = self.choice()
            except Unreadable:
                choice = Choice()
            self._folder.write(CHOICE_FILE, json.dumps(choice._replace(**changes)._asdict()), durable=True)


def _parse(content: str) -> Choice:
    import json

    fields = shapes.mapping(json.loads(content))
    choice = Choice(shapes.text(fields.get("telemetry")), shapes.text(fields.get("notice")))
    if choice.telemetry not in ("", "on", "off"):
        raise ValueError("neither on nor off")
    return choice


def _objection(folder: Folder) -> str:
    path = folder.at(CONFIG_FILE)
    try:
        content = folder.read(CONFIG_FILE)
        enabled = True if content is None else _enabled(content)
    except (OSError, ValueError) as error:
        return f"{path} cannot be read ({error})"
    return "" if enabled else f"{path} says so"


def _enabled(content: str) -> bool:
    import tomllib

    enabled = tomllib.loads(content).get("enabled", True)
    if not isinstance(enabled, bool):
        raise ValueError("enabled is neither true nor false")
    return enabled
