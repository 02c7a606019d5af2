"""The examples run, against a service that answers and one that does not."""

import json
import re
import signal
from pathlib import Path

import pytest

from .hosts import ROOT, Host, Run
from .service import Service, black_hole

EXAMPLES = ROOT / "examples"


@pytest.fixture
def user(host: Host) -> Host:
    host.environ["COUNTER"] = host.address
    return host


def counts(host: Host, app: str) -> dict[str, int]:
    path = host.home / ".config" / app / "telemetry" / "counts.json"
    [batch] = json.loads(path.read_text())["batches"]
    return {event["name"]: event["count"] for event in batch["events"]}


def resizer(host: Host, *words: str) -> Run:
    return host.run(*words, script=EXAMPLES / "cli_click.py")


def test_the_command_line_program(user: Host, recorder: Service) -> None:
    assert resizer(user, "resize", "800").out == "resized to 800\n"
    assert resizer(user, "telemetry", "on").out == "telemetry is on: it was switched on\n"
    resizer(user, "resize", "640")
    assert counts(user, "resizer") == {"resize": 1}
    assert resizer(user, "--version").out == "resizer 1.2.3 (telemetry is on: it was switched on)\n"
    assert resizer(user, "update").out == "up to date\n"
    recorder.answer = b'{"update_available": true, "critical": true, "update_url": "https://acme.example/r"}'
    assert resizer(user, "update").out == "there is an update that matters: https://acme.example/r\n"
    assert "resize {'took': '0-100ms'" in resizer(user, "--debug-telemetry", "resize", "1").err


def test_the_server(user: Host) -> None:
    lines, err = user.visit_server(user.home / "data", times=3)
    assert lines[0] == "kitchen counts how it is used: how many requests are served, and how they end.\n"
    assert any(line.startswith("telemetry is on: the notice was shown on") for line in lines)
    assert "Traceback" not in err
    batches = json.loads((user.home / "data" / "counts.json").read_text())["batches"]
    assert {event["name"]: event["count"] for event in batches[0]["events"]} == {"started": 1, "served": 3}


def test_the_servers_operator_says_no(user: Host) -> None:
    user.environ |= {"PORT": "0", "KITCHEN_REPORTS": "no"}
    with user.start(script=EXAMPLES / "server.py") as server:
        assert server.stderr is not None
        assert server.stderr.readline() == "telemetry is off: the program's settings say so\n"
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=10)


def test_the_loop_does_not_stand_still_for_a_service_that_does_not_answer(user: Host) -> None:
    with black_hole() as address:
        user.environ |= {"COUNTER": address, "FRAMES": "20"}
        run = user.run(script=EXAMPLES / "gui_loop.py")
    assert run.out.startswith("[window]\npainter counts how it is used")
    longest = re.search(r"longest frame: (\d+) ms", run.out)
    assert longest is not None
    assert int(longest[1]) < 200
    assert counts(user, "painter") == {"tool": 3}


def test_the_loop_shows_the_answer(user: Host, recorder: Service) -> None:
    recorder.answer = b'{"update_available": true, "update_url": "https://acme.example/p"}'
    run = user.run(script=EXAMPLES / "gui_loop.py")
    assert "update: answered, available\n" in run.out


def test_every_example_is_run_here() -> None:
    source = Path(__file__).read_text()
    assert all(f'"{example.name}"' in source for example in EXAMPLES.glob("*.py"))
