"""The library inside a program: it never raises, and keeps the life cycle."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client import Telemetry, UpdateCheck
from telemetry_counter.client.guard import guarded

from .hosts import DAY, NOON
from .service import Service

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text() | st.integers(), inner, max_size=2),
)


class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telemetry(lasting: Path, recorder: Service, clock: Clock) -> Telemetry:
    return Telemetry(
        recorder.address, owner="acme", app="editor", version="1.2.3", directory=str(lasting), clock=clock
    )


@pytest.fixture
def agreed(telemetry: Telemetry) -> Telemetry:
    assert telemetry.first_run_notice(show=len)
    return telemetry


def calls(telemetry: Telemetry, value: Any) -> None:
    telemetry.register()
    telemetry.bootstrap()
    telemetry.send(value, value)
    telemetry.send("opened", value)
    telemetry.send("opened", {"event_properties": value, "user_properties": value})
    telemetry.beacon(is_latest=value)
    telemetry.status()
    telemetry.first_run_notice(show=value)
    telemetry.check_for_updates(timeout=value)
    telemetry.switch_on()
    telemetry.show()
    telemetry.forget()
    telemetry.switch_off()
    telemetry.destroy()


@settings(deadline=None)
@given(value=anything)
def test_no_arguments_make_it_raise(value: Any) -> None:
    faulty = Telemetry(
        value,
        owner=value,
        app=value,
        version=value,
        channel=value,
        platform=value,
        arch=value,
        collects=value,
        noise=value,
        clock=value,
    )
    calls(faulty, value)
    assert not faulty.status().on


def test_no_state_of_its_surroundings_makes_it_raise(
    agreed: Telemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **more: object) -> Any:
        raise RuntimeError("broken")

    for name in ("_decide", "_debugging"):
        with monkeypatch.context() as patch:
            patch.setattr(type(agreed), name, broken)
            calls(agreed, None)


def test_every_public_method_goes_through_the_funnel() -> None:
    guards = guarded(None)(lambda self: None).__code__
    public = [name for name in dir(Telemetry) if not name.startswith("_")]
    for name in public:
        member = getattr(Telemetry, name)
        assert isinstance(member, property) or member.__code__ is guards, name


def test_a_value_that_cannot_be_printed(agreed: Telemetry, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    assert agreed.send("opened", {"event_properties": {"kind": Broken()}}) is False
    assert capsys.readouterr() == ("", "")
    agreed.debug_this_run()
    agreed.send("opened", {"event_properties": {"kind": Broken()}})
    assert "telemetry: send: RuntimeError: no text\n" in capsys.readouterr().err


def test_ctrl_c_is_the_users(agreed: Telemetry) -> None:
    def interrupted(text: str) -> None:
        raise KeyboardInterrupt

    agreed.forget()
    fresh = Telemetry(
        "http://x.example", owner="acme", app="other", version="1", directory=agreed._folder.path + "2"
    )
    with pytest.raises(KeyboardInterrupt):
        fresh.first_run_notice(show=interrupted)
    assert not fresh.status().on


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_life_cycle(agreed: Telemetry, recorder: Service, clock: Clock) -> None:
    assert agreed.register().on
    agreed.bootstrap()
    assert agreed.send("opened", {"event_properties": {"kind": "pdf"}})
    agreed.destroy()
    assert recorder.requests == []
    clock.now += DAY
    with agreed:
        wait_for(lambda: len(recorder.counted) == 1)
        assert agreed.send("opened")
    assert recorder.total("opened") == 1
    assert "nothing waits" not in agreed.show()


def test_a_program_that_runs_for_days_sends_each(
    agreed: Telemetry, recorder: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry_counter.client.telemetry.WRITE_EVERY_SECONDS", 0)
    agreed.bootstrap()
    for day in range(1, 4):
        agreed.send("opened")
        agreed.destroy()
        clock.now += DAY
        agreed.send("started")
        wait_for(lambda day=day: len(recorder.counted) == day)  # type: ignore[misc]
    assert recorder.total("opened") == 3


def test_no_thread_stays_behind(agreed: Telemetry) -> None:
    agreed.bootstrap()
    agreed.send("opened")
    agreed.destroy()
    wait_for(lambda: not any(thread.name.startswith("telemetry") for thread in threading.enumerate()))


def test_off_in_another_terminal_stops_a_running_program(
    agreed: Telemetry, recorder: Service, clock: Clock, lasting: Path
) -> None:
    agreed.send("opened")
    agreed.destroy()
    other = Telemetry(recorder.address, owner="acme", app="editor", version="1.2.3", directory=str(lasting))
    agreed.send("opened")
    assert other.switch_off()
    assert other.status() == (False, "it was switched off")
    agreed.destroy()
    clock.now += DAY
    agreed.bootstrap()
    agreed.beacon()
    agreed.destroy()
    assert recorder.requests == []
    assert not (lasting / "counts.json").exists()


def test_the_beacon(agreed: Telemetry, recorder: Service) -> None:
    assert agreed.beacon(is_latest=False)
    agreed.destroy()
    [request] = recorder.requests
    assert request.path == "/telemetry/beacon"
    assert request.query["is_latest"] == "false"
    assert request.query["app_name"] == "editor"
    assert len(request.headers["x-device-id"]) == 36


def test_a_check(agreed: Telemetry, recorder: Service) -> None:
    recorder.answer = (
        b'{"update_available": true, "critical": true, "update_url": "https://x/e", "changelog": "c"}'
    )
    recorder.version = "1.3.0"
    assert agreed.check_for_updates() == UpdateCheck(
        "answered", available=True, version="1.3.0", urls={"": "https://x/e"}, critical=True, changelog="c"
    )
    recorder.status = 503
    assert agreed.check_for_updates().outcome == "failed"


def test_noise_is_drawn_once_per_day(lasting: Path, recorder: Service, clock: Clock) -> None:
    telemetry = Telemetry(
        recorder.address,
        owner="acme",
        app="editor",
        version="1",
        directory=str(lasting),
        clock=clock,
        noise=0.05,
    )
    telemetry.first_run_notice(show=len)
    for event in range(20):
        for _ in range(100):
            telemetry.send(f"event{event}")
    telemetry.destroy()
    recorder.status = 503
    for _ in range(2):
        clock.now += DAY
        telemetry.bootstrap()
        telemetry.destroy()
    first, second = recorder.posts()
    assert first.body == second.body
    assert any(event["count"] != 100 for event in first.json["events"])


def test_memory_is_bounded_where_nothing_can_be_written(
    agreed: Telemetry, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("telemetry_counter.client.folder._write_private", full)
    for _ in range(20):
        for _ in range(3):
            agreed.send("opened")
            agreed.destroy()
        clock.now += DAY
    kept = agreed._counting.pending()
    assert len(kept) == 8
    assert all(summary.events["opened"].count == 3 for summary in kept.values())


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"address": "counter.example"}, "the address 'counter.example' is not an http or https URL"),
        ({"owner": ""}, "owner is missing"),
        (
            {"version": "1.0 beta"},
            "version '1.0 beta' is too long or holds characters that the service refuses",
        ),
        ({"noise": -1}, "noise is not a positive number"),
    ],
)
def test_a_mistake_of_the_program_is_said(given: dict[str, Any], reason: str) -> None:
    arguments = {"address": "https://x", "owner": "acme", "app": "editor", "version": "1"} | given
    telemetry = Telemetry(arguments.pop("address"), **arguments)
    assert telemetry.status() == (False, reason)


def test_the_variable_is_named_after_the_app() -> None:
    def variable(app: str, **more: Any) -> str:
        return Telemetry("https://x", owner="acme", app=app, version="1", **more).variable

    assert variable("editor") == "EDITOR_TELEMETRY"
    assert variable("My Editor-2") == "MY_EDITOR_2_TELEMETRY"
    assert variable("7zip") == "_7ZIP_TELEMETRY"
    assert variable("editor", variable="ACME_COUNTS") == "ACME_COUNTS"
