"""The telemetry command and flags, in argparse (see also test_switches) and click."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from telemetry_counter.client import Telemetry
from telemetry_counter.client.click_commands import telemetry_group, telemetry_options
from telemetry_counter.client.commands import WORDS

from .hosts import Host
from .service import Service


@pytest.fixture
def telemetry(lasting: Path, recorder: Service) -> Telemetry:
    return Telemetry(recorder.address, owner="acme", app="editor", version="1.2.3", directory=str(lasting))


def invoke(telemetry: Telemetry, *words: str) -> Result:
    @click.group()
    @telemetry_options(telemetry)
    def editor() -> None: ...

    @editor.command()
    def status() -> None:
        click.echo(telemetry.status())

    editor.add_command(telemetry_group(telemetry))
    return CliRunner().invoke(editor, words)


def test_click_on_off_and_status(telemetry: Telemetry) -> None:
    assert invoke(telemetry, "telemetry", "status").output == (
        "telemetry is off: the notice about it has not been shown yet\n"
    )
    assert invoke(telemetry, "telemetry", "on").output == "telemetry is on: it was switched on\n"
    off = invoke(telemetry, "telemetry", "off")
    assert (off.exit_code, off.output) == (0, "telemetry is off; what was not sent yet is deleted\n")


def test_on_says_what_still_holds_it_off(telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    on = invoke(telemetry, "telemetry", "on")
    assert (on.exit_code, on.output) == (1, "telemetry is off: DO_NOT_TRACK is set\n")


def test_click_flags(telemetry: Telemetry) -> None:
    assert (
        invoke(telemetry, "--no-telemetry", "status").output == "telemetry is off: --no-telemetry was given\n"
    )
    assert "telemetry: telemetry is off" in invoke(telemetry, "--debug-telemetry", "status").output


def test_click_lists_the_words(telemetry: Telemetry) -> None:
    output = invoke(telemetry, "telemetry", "--help").output
    assert all(word in output for word in WORDS)


def test_show_has_what_will_be_sent_word_for_word(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.run("update")
    shown = host.run("telemetry", "show").out
    assert shown.startswith("telemetry is on")
    assert f"files: {host.folder}\n" in shown
    assert f"X-Device-ID: {recorder.requests[0].headers['x-device-id']}\n" in shown
    assert '"pdf": 1' in shown


def test_argparse_lists_the_words(host: Host) -> None:
    run = host.run("telemetry", "--help")
    assert run.code == 0
    assert all(explanation in " ".join(run.out.split()) for explanation in WORDS.values())


def test_an_unknown_word_is_an_error_of_usage(host: Host) -> None:
    assert host.run("telemetry", "maybe").code == 2
