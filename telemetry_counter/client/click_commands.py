"""The same for programs that use click; the only module that imports it."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from telemetry_counter.client.commands import DEBUG_TELEMETRY, NO_TELEMETRY, WORDS, run
from telemetry_counter.client.telemetry import Telemetry

F = TypeVar("F", bound=Callable[..., Any] | click.Command)


def telemetry_options(telemetry: Telemetry) -> Callable[[F], F]:
    """A decorator for the program's group or command: --no-telemetry and --debug-telemetry."""

    def decorate(command: F) -> F:
        for (flag, explanation), act in (
            (DEBUG_TELEMETRY, telemetry.debug_this_run),
            (NO_TELEMETRY, telemetry.off_for_this_run),
        ):
            command = _option(flag, explanation, act)(command)
        return command

    return decorate


def telemetry_group(telemetry: Telemetry) -> click.Group:
    """`telemetry status|on|off|show|forget`, to be added to the program's group."""
    group = click.Group("telemetry", help="See and decide what is sent about the use of this program.")
    for word, explanation in WORDS.items():
        group.add_command(_command(telemetry, word, explanation))
    return group


def _command(telemetry: Telemetry, word: str, explanation: str) -> click.Command:
    def act() -> None:
        click.get_current_context().exit(run(telemetry, word, click.echo))

    return click.Command(word, callback=act, help=explanation.capitalize() + ".")


def _option(flag: str, explanation: str, act: Callable[[], None]) -> Callable[[F], F]:
    def callback(context: click.Context, parameter: click.Parameter, given: bool) -> None:
        if given:
            act()

    # Eager: before the command, and before the callbacks of its other options.
    return click.option(
        flag, is_flag=True, expose_value=False, is_eager=True, help=explanation, callback=callback
    )
