"""The notice that is shown before anything is sent."""

import contextlib
import sys
from collections.abc import Callable
from typing import TextIO

from telemetry_counter.client.folder import Folder
from telemetry_counter.client.preferences import CONFIG_FILE, Preferences
from telemetry_counter.client.program import Program

Show = Callable[[str], object]


def notice(program: Program, folder: Folder) -> str:
    """What is collected, where to read more, how to switch it off."""
    return "\n".join(filter(None, [_what(program), _where(program), _how_off(program, folder)])) + "\n"


def can_show(show: Show | None, ask: bool) -> bool:
    """Whether somebody will see it: by the program itself, or on a terminal; a question needs both ways."""
    if ask:
        return _is_terminal(sys.stderr) and _is_terminal(sys.stdin)
    return show is not None or _is_terminal(sys.stderr)


def present(preferences: Preferences, day: str, text: str, show: Show | None, ask: bool) -> None:
    """Shows it and remembers that. Remembers first: a home that keeps nothing is not told at every start."""
    preferences.notice_shown(day)
    try:
        (show or _print)(text)
        if ask:
            preferences.choose("on" if _is_yes() else "off")
    except BaseException:
        preferences.notice_shown("")
        raise


def _print(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _is_yes() -> bool:
    """Anything but a yes is a no, and so is a closed terminal."""
    _print("Send these counts? [y/N] ")
    with contextlib.suppress(EOFError):
        return input().strip().lower() in ("y", "yes")
    return False


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _what(program: Program) -> str:
    collected = ", ".join(program.collects) or "which of its features are used, and how often"
    return (
        f"{program.build.app_name} counts how it is used: {collected}.\n"
        f"Once a day the counts go to {program.address},\n"
        "with the program's version, the kind of system, and a random number made for this installation."
    )


def _where(program: Program) -> str:
    return f"Read more: {program.read_more}" if program.read_more else ""


def _how_off(program: Program, folder: Folder) -> str:
    ways = [f"{program.variable}=0", "DO_NOT_TRACK=1", f"`enabled = false` in {folder.at(CONFIG_FILE)}"]
    if program.command:
        ways = [f"`{program.command} telemetry off`", "--no-telemetry", *ways]
    return f"Switch it off: {', '.join(ways)}."
