import pytest

from telemetry_counter.client.sender import is_final
from telemetry_counter.client.wire import Answer


@pytest.mark.parametrize(
    ("status", "outcome", "final"),
    [
        (204, "counted", True),
        (204, "dropped; reason=unknown_app", True),
        (204, "dropped; reason=no_device", True),
        (204, "pending", False),
        (204, "dropped; reason=rate_limited", False),
        (204, "dropped; reason=store_unavailable", False),
        (200, "", False),  # somebody's login page
        (302, "", False),
        (400, "", True),
        (403, "dropped; reason=disabled", True),
        (404, "", True),
        (408, "", False),
        (413, "dropped; reason=too_large", True),
        (429, "", False),
        (500, "", False),
        (503, "dropped; reason=store_unavailable", False),
    ],
)
def test_which_answers_end_it(status: int, outcome: str, final: bool) -> None:
    assert is_final(Answer(status, outcome, b"")) is final
