"""How often an address may hit."""

import tracemalloc

import pytest

from telemetry_counter.pages.rate_limits import RateLimit


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_the_limit_is_reached_and_forgotten() -> None:
    clock = Clock()
    limit = RateLimit("3/minute", clock)
    assert [limit.allows("acme", "docs", b"\1\2\3\4") for _ in range(4)] == [True, True, True, False]
    clock.now += 59.9
    assert not limit.allows("acme", "docs", b"\1\2\3\4")
    clock.now += 0.1
    assert limit.allows("acme", "docs", b"\1\2\3\4")


def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_that_long() -> None:
    clock = Clock()
    limit = RateLimit("3/minute", clock)
    assert [limit.allows("acme", "docs", b"\1\2\3\4") for _ in range(4)] == [True, True, True, False]
    clock.now -= 86_400
    assert [limit.allows("acme", "docs", b"\1\2\3\4") for _ in range(4)] == [True, True, True, False]


def test_each_address_site_and_admin_has_its_own() -> None:
    # A place is shared by chance, once in 262,144 times; three in a row are no chance.
    for attempt in range(3):
        limit = RateLimit("1/minute", Clock())
        who = [
            ("acme", "docs", b"\1"),
            ("acme", "docs", b"\2"),
            ("acme", "blog", b"\1"),
            ("rival", "docs", b"\1"),
        ]
        if all([limit.allows(*one) for one in who]):
            assert not any([limit.allows(*one) for one in who])
            return
        who = [(admin, f"{site}{attempt}", address) for admin, site, address in who]
    pytest.fail("addresses are not told apart")


def test_off() -> None:
    limit = RateLimit("off", Clock())
    assert all(limit.allows("acme", "docs", b"\1") for _ in range(1000))


def test_memory_does_not_grow_with_addresses() -> None:
    limit = RateLimit("1/minute", Clock())
    limit.allows("acme", "docs", b"\1")
    tracemalloc.start()
    for number in range(50_000):
        limit.allows("acme", "docs", number.to_bytes(4, "big"))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 10_000


@pytest.mark.parametrize("text", ["", "many", "0", "120/fortnight"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        RateLimit(text)
