"""`telemetry status|on|off|show|forget` and the two flags, for programs that use argparse."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from telemetry_counter.client.telemetry import Telemetry

if TYPE_CHECKING:
    import argparse

WORDS = {
    "status": "say whether telemetry is on, and why",
    "on": "agree to it",
    "off": "switch it off and delete what was not sent yet",
    "show": "show what is kept here and what will be sent, word for word",
    "forget": "delete the id of this installation and all counts",
}

NO_TELEMETRY = ("--no-telemetry", "count and send nothing in this run")
DEBUG_TELEMETRY = ("--debug-telemetry", "print what telemetry would send, and send nothing")


def run(telemetry: Telemetry, word: str, write: Callable[[str], object] = print) -> int:
    """Does what the word says and tells the user; the exit code."""
    text, code = _ANSWERS[word](telemetry)
    write(text)
    return code


def add_telemetry_flags(parser: "argparse.ArgumentParser", telemetry: Telemetry) -> None:
    """--no-telemetry and --debug-telemetry; they work from the moment they are parsed."""
    _add_flag(parser, *NO_TELEMETRY, telemetry.off_for_this_run)
    _add_flag(parser, *DEBUG_TELEMETRY, telemetry.debug_this_run)


def add_telemetry_command(
    subparsers: "argparse._SubParsersAction[Any]", telemetry: Telemetry, dest: str = "run"
) -> None:
    """The `telemetry` command; parsed, the namespace's `dest` takes the namespace and gives the exit code."""
    parser = subparsers.add_parser(
        "telemetry", help="see and decide what is sent about the use of this program"
    )
    words = parser.add_subparsers(required=True, metavar="|".join(WORDS))
    for word, explanation in WORDS.items():
        words.add_parser(word, help=explanation).set_defaults(**{dest: _runner(telemetry, word)})


def _runner(telemetry: Telemetry, word: str) -> Callable[["argparse.Namespace"], int]:
    return lambda namespace: run(telemetry, word)


def _add_flag(
    parser: "argparse.ArgumentParser", flag: str, explanation: str, act: Callable[[], None]
) -> None:
    import argparse

    class Act(argparse.Action):
        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: str | Sequence[Any] | None,
            option_string: str | None = None,
        ) -> None:
            act()

    parser.add_argument(flag, action=Act, nargs=0, dest=argparse.SUPPRESS, help=explanation)


def _status(telemetry: Telemetry) -> tuple[str, int]:
    return str(telemetry.status()), 0


def _on(telemetry: Telemetry) -> tuple[str, int]:
    if not telemetry.switch_on():
        return "this cannot be remembered here: nothing can be written", 1
    status = telemetry.status()
    return str(status), 0 if status.on else 1


def _off(telemetry: Telemetry) -> tuple[str, int]:
    if not telemetry.switch_off():
        return (
            f"this cannot be remembered here: nothing can be written. Set {telemetry.variable}=0 instead",
            1,
        )
    return "telemetry is off; what was not sent yet is deleted", 0


def _show(telemetry: Telemetry) -> tuple[str, int]:
    return telemetry.show(), 0


def _forget(telemetry: Telemetry) -> tuple[str, int]:
    if not telemetry.forget():
        return "the files cannot be deleted", 1
    return "the id of this installation and all counts are deleted", 0


_ANSWERS: dict[str, Callable[[Telemetry], tuple[str, int]]] = {
    "status": _status,
    "on": _on,
    "off": _off,
    "show": _show,
    "forget": _forget,
}
