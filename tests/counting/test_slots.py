"""Counters in memory of a fixed size."""

import errno
import os
from pathlib import Path

import pytest

from telemetry_counter.counting.slots import Slots

NOW = 1_000_000.0
SLOTS = 4096


@pytest.mark.parametrize("file", [None, "shared"])
def test_the_storage_is_one_of_the_library(tmp_path: Path, file: str | None) -> None:
    storage = Slots(lambda: NOW, SLOTS, tmp_path / file if file else None)
    assert storage.check()
    assert [storage.incr("a", 60), storage.incr("a", 60, amount=2), storage.get("a")] == [1, 3, 3]
    assert storage.get_expiry("a") == NOW + 60
    storage.clear("a")
    assert storage.get("a") == 0
    storage.incr("a", 60)
    storage.reset()
    assert storage.get("a") == 0


def test_all_of_what_is_shared_is_on_the_disk(tmp_path: Path) -> None:
    """Whoever touches a page that finds no room there later is killed."""
    file = tmp_path / "shared"
    Slots(lambda: NOW, SLOTS, file)
    assert file.stat().st_blocks * 512 >= file.stat().st_size == 12 * SLOTS


@pytest.mark.parametrize("trouble", ["no directory", "no room", "room for a part"])
def test_what_cannot_be_shared_is_counted_alone(
    trouble: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, content: bytes, at: int) -> int:
        if trouble == "no room":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return SLOTS

    if trouble != "no directory":
        monkeypatch.setattr(os, "pwrite", full)
    file = tmp_path / "gone" / "shared" if trouble == "no directory" else tmp_path / "it"
    storage = Slots(lambda: NOW, SLOTS, file)
    assert [storage.incr("a", 60), storage.incr("a", 60)] == [1, 2]
    assert "each counts for itself" in caplog.text
