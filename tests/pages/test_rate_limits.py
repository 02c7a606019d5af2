"""How often an address may hit."""

import errno
import os
import tracemalloc
from pathlib import Path

import pytest

from telemetry_counter.pages.rate_limits import RateLimit, Slots


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


@pytest.mark.parametrize("file", [None, "shared"])
def test_the_storage_is_one_of_the_library(tmp_path: Path, file: str | None) -> None:
    clock = Clock()
    storage = Slots(clock, shared=tmp_path / file if file else None)
    assert storage.check()
    assert [storage.incr("a", 60), storage.incr("a", 60, amount=2), storage.get("a")] == [1, 3, 3]
    assert storage.get_expiry("a") == clock.now + 60
    storage.clear("a")
    assert storage.get("a") == 0
    storage.incr("a", 60)
    storage.reset()
    assert storage.get("a") == 0


def test_all_of_what_is_shared_is_on_the_disk(tmp_path: Path) -> None:
    """Whoever touches a page that finds no room there later is killed."""
    file = tmp_path / "shared"
    Slots(Clock(), slots=4096, shared=file)
    assert file.stat().st_blocks * 512 >= file.stat().st_size == 12 * 4096


@pytest.mark.parametrize("trouble", ["no directory", "no room", "room for a part"])
def test_what_cannot_be_shared_is_counted_alone(
    trouble: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, content: bytes, at: int) -> int:
        if trouble == "no room":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return 4096

    if trouble != "no directory":
        monkeypatch.setattr(os, "pwrite", full)
    storage = Slots(
        Clock(), shared=tmp_path / "gone" / "shared" if trouble == "no directory" else tmp_path / "it"
    )
    assert [storage.incr("a", 60), storage.incr("a", 60)] == [1, 2]
    assert "each counts for itself" in caplog.text
