import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client.checks import UpdateCheck, beacon_url, check_url, in_rollout, parse_check
from telemetry_counter.client.program import Build, Program

DEVICE = "0b9d4a36-93a1-4f2e-8c7b-6f6a1b1a2c3d"
PROGRAM = Program(
    "https://counter.example/base/", Build("acme", "my editor", "1.2.3+build", "", "linux", "amd64")
)


def parsed(status: int = 200, device: str = DEVICE, **answer: Any) -> UpdateCheck:
    return parse_check(status, json.dumps(answer).encode(), device)


def test_the_question() -> None:
    assert check_url(PROGRAM) == (
        "https://counter.example/base/checkVersion"
        "?app_name=my+editor&arch=amd64&owner=acme&platform=linux&version=1.2.3%2Bbuild"
    )
    assert beacon_url(PROGRAM, True).endswith(
        "/base/telemetry/beacon?" + check_url(PROGRAM).split("?")[1] + "&is_latest=true"
    )


def test_an_update() -> None:
    check = parsed(
        update_available=True,
        critical=True,
        update_url_deb="https://x/editor.deb",
        update_url_rpm="https://x/editor.rpm",
        changelog="Better.",
        is_intermediate_required=True,
        version="1.3.0",
        something_new=1,
    )
    assert check == UpdateCheck(
        "answered",
        available=True,
        version="1.3.0",
        urls={"deb": "https://x/editor.deb", "rpm": "https://x/editor.rpm"},
        critical=True,
        changelog="Better.",
        intermediate_required=True,
    )
    assert check.url == ""


def test_the_version_is_in_a_header() -> None:
    body = b'{"update_available": false, "version": "1.0"}'
    assert parse_check(200, body, DEVICE, "1.3.0").version == "1.3.0"
    assert parse_check(200, body, DEVICE).version == "1.0"
    assert parse_check(503, body, DEVICE, "1.3.0").version == ""


def test_the_only_address_is_the_address() -> None:
    assert parsed(update_available=True, update_url="https://x/e").url == "https://x/e"
    assert parsed(update_available=True, update_url_dmg="https://x/d").url == "https://x/d"


def test_nothing_published() -> None:
    check = parsed(update_available=False, error="Not found")
    assert (check.outcome, check.available, check.detail) == ("answered", False, "Not found")


def test_newer_than_the_latest() -> None:
    assert parsed(update_available=False, possible_rollback=True).possible_rollback


@pytest.mark.parametrize("value", ["true", 1, None, [True]])
def test_only_true_is_true(value: object) -> None:
    assert not parsed(update_available=value, critical=value).available


def test_a_refusal_is_a_failed_check_with_the_services_words() -> None:
    assert parsed(400, error="version is missing.") == UpdateCheck("failed", "version is missing.")
    assert parsed(503).detail == "the service answered 503"


# Found with sha256sum and bc: the first 16 hexadecimal digits of sha256("DEVICE:seed"), modulo 100.
BUCKETS = {"1.3.0": 13, "1.4.0": 46, "a": 33}


@pytest.mark.parametrize(("seed", "bucket"), BUCKETS.items())
def test_a_device_is_in_the_rollout_from_the_percent_after_its_bucket_on(seed: str, bucket: int) -> None:
    assert not in_rollout(DEVICE, bucket, seed)
    assert in_rollout(DEVICE, bucket + 1, seed)


def test_the_rollout_decides_for_this_device() -> None:
    early = parsed(update_available=True, rollout={"percent": 14, "seed": "1.3.0"})
    assert (early.available, early.held_back, early.rollout_percent) == (True, False, 14)
    late = parsed(update_available=True, rollout={"percent": 13, "seed": "1.3.0"})
    assert (late.available, late.held_back) == (False, True)


def test_without_an_id_no_rollout_is_meant() -> None:
    assert parsed(device="", update_available=True, rollout={"percent": 100, "seed": "s"}).held_back
    assert parsed(device="", update_available=True).available


@pytest.mark.parametrize("rollout", [{}, [], 50, {"percent": "50"}])
def test_a_rollout_that_cannot_be_read_is_meant_for_nobody(rollout: object) -> None:
    assert parsed(update_available=True, rollout=rollout).held_back


@settings(deadline=None)
@given(st.integers(100, 599), st.binary() | st.from_regex(rb'\{"update_available":true,"rollout":.*\}'))
def test_any_answer_is_a_check(status: int, body: bytes) -> None:
    check = parse_check(status, body, DEVICE)
    assert check.outcome in ("answered", "failed")
    assert not (check.available and check.outcome == "failed")
