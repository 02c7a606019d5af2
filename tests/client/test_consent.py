"""The decision alone; tests of the switches as users set them are in test_switches."""

import pytest

from telemetry_counter.client.consent import NO_NOTICE, Facts, Status, decide, is_set
from telemetry_counter.client.preferences import Choice

SHOWN = Choice(notice="2025-06-16")
ON = Facts({}, "EDITOR_TELEMETRY", choice=SHOWN)


def test_on_after_the_notice() -> None:
    assert decide(ON) == Status(True, "the notice was shown on 2025-06-16")


def test_on_by_the_users_own_word() -> None:
    assert decide(ON._replace(choice=Choice(telemetry="on"))) == Status(True, "it was switched on")


def test_off_before_the_notice() -> None:
    assert decide(ON._replace(choice=Choice())) == Status(False, NO_NOTICE)


def test_a_yes_in_the_environment_is_no_notice() -> None:
    assert not decide(Facts({"EDITOR_TELEMETRY": "1"}, "EDITOR_TELEMETRY")).on


def test_a_yes_does_not_undo_a_no() -> None:
    environ = {"EDITOR_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    assert decide(ON._replace(environ=environ)).reason == "DO_NOT_TRACK is set"
    assert not decide(ON._replace(environ={"EDITOR_TELEMETRY": "1"}, choice=Choice("off", "2025-06-16"))).on


@pytest.mark.parametrize("value", ["", " ", "0", "false", "No", "off"])
def test_do_not_track_may_say_no(value: str) -> None:
    assert decide(ON._replace(environ={"DO_NOT_TRACK": value})).on
    assert not is_set(value)


@pytest.mark.parametrize("value", ["", " ", "1", "true", "YES", "on"])
def test_the_variable_may_say_yes(value: str) -> None:
    assert decide(ON._replace(environ={"EDITOR_TELEMETRY": value})).on


def test_the_programs_own_setting() -> None:
    assert decide(ON._replace(setting=False)).reason == "the program's settings say so"
    assert decide(ON._replace(setting=True)).on


def test_a_status_reads_as_a_sentence() -> None:
    assert str(Status(False, "DO_NOT_TRACK is set")) == "telemetry is off: DO_NOT_TRACK is set"
