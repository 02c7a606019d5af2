import datetime as dt

import pytest

from telemetry_counter.counting.clock import UtcDay, end_of_day, expires_at
from telemetry_counter.counting.devices import HASH_BYTES, DeviceHasher, is_too_long


def test_one_device_is_one_value_in_an_admin_and_another_in_the_next() -> None:
    hasher = DeviceHasher(b"secret")
    assert hasher.hash("acme", b"device") == hasher.hash("acme", b"device")
    assert hasher.hash("acme", b"device") != hasher.hash("other", b"device")
    assert hasher.hash("acme", b"device") != DeviceHasher(b"other secret").hash("acme", b"device")
    assert len(hasher.hash("acme", b"")) == HASH_BYTES


@pytest.mark.parametrize(
    ("device_id", "too_long"),
    [(b"a" * 128, False), (b"a" * 129, True), ("é".encode() * 128, False), (b"\xff" * 129, True)],
)
def test_ids_are_bounded_by_characters(device_id: bytes, too_long: bool) -> None:
    assert is_too_long(device_id) is too_long


def test_the_day_turns_at_utc_midnight_and_back_with_the_clock() -> None:
    midnight = dt.datetime(2025, 6, 17, tzinfo=dt.UTC).timestamp()
    moment = midnight - 0.001
    day = UtcDay(lambda: moment)
    assert day.today() == dt.date(2025, 6, 16)
    moment = midnight
    assert day.today() == dt.date(2025, 6, 17)
    moment = midnight - 5
    assert day.today() == dt.date(2025, 6, 16)


def test_everything_expires_thirty_days_after_its_day_ended() -> None:
    day = dt.date(2025, 6, 16)
    assert end_of_day(day) == dt.datetime(2025, 6, 17, tzinfo=dt.UTC)
    assert dt.datetime.fromtimestamp(expires_at(day, 30), dt.UTC) == dt.datetime(2025, 7, 17, tzinfo=dt.UTC)
