"""The notice: on a terminal, once, and before everything else."""

import os
import pty
from collections.abc import Iterator

import pytest

from .hosts import Host
from .service import Service

ASKING = "telemetry.first_run_notice(ask=True)\nprint(telemetry.status())\n"


class Terminal:
    def __init__(self) -> None:
        self.user, self.program = pty.openpty()

    def type(self, text: str) -> None:
        os.write(self.user, text.encode())

    def read(self) -> str:
        os.set_blocking(self.user, False)
        try:
            return os.read(self.user, 10_000).decode().replace("\r\n", "\n")
        except BlockingIOError:
            return ""


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    os.close(terminal.user)
    os.close(terminal.program)


def start(host: Host, terminal: Terminal, *words: str, script: str = "") -> str:
    more = {"script": host.script(script)} if script else {}
    with host.start(*words, stdin=terminal.program, stderr=terminal.program, **more) as process:
        out, _ = process.communicate(timeout=20)
    return out


def test_it_says_what_where_and_how_to_switch_off(host: Host, terminal: Terminal) -> None:
    assert start(host, terminal, "open") == "opened\n"
    assert terminal.read() == (
        "editor counts how it is used: documents opened.\n"
        f"Once a day the counts go to {host.address},\n"
        "with the program's version, the kind of system, and a random number made for this installation.\n"
        "Read more: https://editor.example/telemetry\n"
        "Switch it off: `editor telemetry off`, --no-telemetry, EDITOR_TELEMETRY=0, DO_NOT_TRACK=1, "
        f"`enabled = false` in {host.folder}/config.toml.\n"
    )


def test_it_is_shown_once(host: Host, terminal: Terminal) -> None:
    start(host, terminal, "open")
    terminal.read()
    start(host, terminal, "open")
    assert terminal.read() == ""
    assert host.run("version").out == "telemetry is on: the notice was shown on 2025-06-16\n"


def test_without_a_terminal_it_is_neither_shown_nor_taken_as_shown(host: Host, recorder: Service) -> None:
    run = host.run("open")
    assert (run.out, run.err) == ("opened\n", "")
    assert host.run("version").out.endswith("has not been shown yet\n")
    assert recorder.requests == []


def test_who_said_no_already_is_not_told(host: Host, terminal: Terminal) -> None:
    host.environ["DO_NOT_TRACK"] = "1"
    start(host, terminal, "open")
    assert terminal.read() == ""


@pytest.mark.parametrize(
    ("answer", "status"), [("y", "on: it was switched on"), ("", "off: it was switched off")]
)
def test_asked_the_user_decides(host: Host, terminal: Terminal, answer: str, status: str) -> None:
    terminal.type(answer + "\n")
    assert start(host, terminal, script=ASKING) == f"telemetry is {status}\n"
    assert "Send these counts? [y/N]" in terminal.read()
    assert host.run("version").out == f"telemetry is {status}\n"


def test_nobody_is_asked_without_a_terminal(host: Host) -> None:
    run = host.run(script=host.script(ASKING))
    assert run.out == "telemetry is off: the notice about it has not been shown yet\n"
    assert run.err == ""


def test_a_notice_that_could_not_be_shown_was_not_shown(host: Host) -> None:
    run = host.run(script=host.script("print(telemetry.first_run_notice(show=int), telemetry.status())"))
    assert run.out == "False telemetry is off: the notice about it has not been shown yet\n"
