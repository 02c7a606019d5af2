"""Every switch, set as a user sets it, with the network watched for silence."""

from collections.abc import Callable

import pytest

from .hosts import DAY, Host
from .service import Service


@pytest.fixture
def tomorrow(host: Host) -> Host:
    """The notice was seen, one document was opened yesterday: this start has a day to send."""
    assert host.run("--seen", "open").code == 0
    host.now += DAY
    return host


def visit(host: Host, *flags: str) -> str:
    """A day's use: a document, an update; what `editor version` then says."""
    for words in (["open"], ["update"]):
        run = host.run(*flags, *words)
        assert (run.code, run.err) == (0, "")
    return host.run(*flags, "version").out.strip()


def test_without_a_switch_it_sends(tomorrow: Host, recorder: Service) -> None:
    assert visit(tomorrow) == "telemetry is on: the notice was shown on 2025-06-16"
    assert {request.path for request in recorder.requests} == {
        "/telemetry/events",
        "/telemetry/beacon",
        "/checkVersion",
    }
    assert len({request.headers["x-device-id"] for request in recorder.requests}) == 1


@pytest.mark.parametrize("value", ["1", "true", "YES"])
def test_do_not_track(tomorrow: Host, recorder: Service, value: str) -> None:
    tomorrow.environ["DO_NOT_TRACK"] = value
    assert visit(tomorrow) == "telemetry is off: DO_NOT_TRACK is set"
    assert recorder.requests == []


@pytest.mark.parametrize("value", ["0", "off", "nein"])
def test_the_variable(tomorrow: Host, recorder: Service, value: str) -> None:
    tomorrow.environ["EDITOR_TELEMETRY"] = value
    assert visit(tomorrow) == f"telemetry is off: EDITOR_TELEMETRY is {value}"
    assert recorder.requests == []


def test_the_flag(tomorrow: Host, recorder: Service) -> None:
    assert visit(tomorrow, "--no-telemetry") == "telemetry is off: --no-telemetry was given"
    assert recorder.requests == []


@pytest.mark.parametrize("content", ["enabled = false\n", "enabled = 'maybe'", "not toml"])
def test_the_config_file(tomorrow: Host, recorder: Service, content: str) -> None:
    path = tomorrow.folder / "config.toml"
    path.write_text(content)
    assert visit(tomorrow).startswith(f"telemetry is off: {path} ")
    assert recorder.requests == []


def test_the_machines_config_file(tomorrow: Host, recorder: Service) -> None:
    path = tomorrow.home / "machine" / "editor" / "telemetry" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("enabled = false")
    assert visit(tomorrow) == f"telemetry is off: {path} says so"
    assert recorder.requests == []


def test_the_command(tomorrow: Host, recorder: Service) -> None:
    off = tomorrow.run("telemetry", "off")
    assert (off.code, off.out) == (0, "telemetry is off; what was not sent yet is deleted\n")
    assert visit(tomorrow) == "telemetry is off: it was switched off"
    assert recorder.requests == []
    assert tomorrow.run("telemetry", "on").out == "telemetry is on: it was switched on\n"
    tomorrow.run("open")
    assert recorder.requests == []
    tomorrow.now += DAY
    tomorrow.run("open")
    assert recorder.total("opened") == 1


@pytest.mark.parametrize("word", ["off", "forget"])
def test_the_command_comes_before_what_is_due(tomorrow: Host, recorder: Service, word: str) -> None:
    """Yesterday's counts would go out with this very start."""
    assert tomorrow.run("telemetry", word).code == 0
    assert recorder.requests == []


def test_a_choice_that_cannot_be_read_may_have_been_a_no(tomorrow: Host, recorder: Service) -> None:
    path = tomorrow.folder / "choice.json"
    path.write_text("{")
    assert visit(tomorrow).startswith(f"telemetry is off: {path} cannot be read")
    assert recorder.requests == []


@pytest.mark.parametrize("name", ["CI", "GITHUB_ACTIONS", "JENKINS_URL"])
def test_build_servers_have_no_id(host: Host, recorder: Service, name: str) -> None:
    host.environ[name] = "true"
    host.run("--seen", "open")
    host.now += DAY
    assert visit(host) == f"telemetry is off: this is a build server ({name} is set)"
    assert recorder.requests == []
    assert not host.folder.exists()


def test_nothing_is_sent_or_kept_before_the_notice(host: Host, recorder: Service) -> None:
    for _ in range(2):
        assert visit(host) == "telemetry is off: the notice about it has not been shown yet"
        host.now += DAY
    assert recorder.requests == []
    assert not host.folder.exists()


@pytest.mark.parametrize(
    "switch",
    [
        lambda host: host.environ.update(EDITOR_TELEMETRY_DEBUG="1"),
        lambda host: ["--debug-telemetry"],
    ],
    ids=["variable", "flag"],
)
def test_debug_mode_prints_every_payload_and_sends_none(
    tomorrow: Host, recorder: Service, switch: Callable[[Host], list[str] | None]
) -> None:
    flags = switch(tomorrow) or []
    before = (tomorrow.folder / "counts.json").read_text()
    opened, updated = tomorrow.run(*flags, "open"), tomorrow.run(*flags, "update")
    assert "opened {'kind': 'pdf', 'user.os': 'linux'}" in opened.err
    assert f"POST {recorder.address}/telemetry/events" in opened.err
    assert '"batch_id"' in opened.err
    assert f"GET {recorder.address}/checkVersion?app_name=editor" in updated.err
    assert f"GET {recorder.address}/telemetry/beacon?app_name=editor" in updated.err
    assert recorder.requests == []
    assert (tomorrow.folder / "counts.json").read_text() == before


def test_an_update_that_the_user_asks_for_is_asked_without_an_id(tomorrow: Host, recorder: Service) -> None:
    tomorrow.environ["DO_NOT_TRACK"] = "1"
    assert tomorrow.run("update", "--asked").out == "answered False\n"
    [request] = recorder.requests
    assert request.path == "/checkVersion"
    assert "x-device-id" not in request.headers


def test_the_first_switch_in_order_is_the_reason(tomorrow: Host) -> None:
    """Each switch is set on top of those that come after it."""
    tomorrow.run("telemetry", "off")
    assert tomorrow.run("version").out.endswith("it was switched off\n")
    (tomorrow.folder / "config.toml").write_text("enabled = false")
    assert tomorrow.run("version").out.endswith("config.toml says so\n")
    assert tomorrow.run("--no-telemetry", "version").out.endswith("--no-telemetry was given\n")
    tomorrow.environ["EDITOR_TELEMETRY"] = "0"
    assert tomorrow.run("--no-telemetry", "version").out.endswith("EDITOR_TELEMETRY is 0\n")
    tomorrow.environ["DO_NOT_TRACK"] = "1"
    assert tomorrow.run("--no-telemetry", "version").out.endswith("DO_NOT_TRACK is set\n")


def test_forget_deletes_the_id_and_the_counts(tomorrow: Host, recorder: Service) -> None:
    tomorrow.run("update")
    first = recorder.requests[-1].headers["x-device-id"]
    assert tomorrow.run("telemetry", "forget").code == 0
    assert {path.name for path in tomorrow.folder.iterdir()} == {"choice.json", "lock"}
    tomorrow.run("update")
    assert recorder.requests[-1].headers["x-device-id"] != first
