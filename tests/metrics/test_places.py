"""The directory that workers share: a place for each, none lost, none left."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis

from telemetry_counter.errors import SettingsError
from telemetry_counter.metrics.families import exposition
from telemetry_counter.metrics.places import LOCK, PREFIX, Place, place_in, shared_directory, sweep
from telemetry_counter.metrics.tallies import Gauges, Record, Tallies
from telemetry_counter.metrics.worker import Metrics
from telemetry_counter.routes.metrics import MetricsPage
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings

BEACON = "/telemetry/beacon"


def gauges(hits: int = 0, started: float = 1.0) -> Gauges:
    return Gauges(started, True, 0, hits, 100, 1_000, 0.5)


def beacons(number: int) -> Tallies:
    tallies = Tallies()
    tallies.hits[BEACON][b"counted"] = number
    tallies.commits.committed(number, 0.001)
    return tallies


def test_each_worker_sees_the_others(tmp_path: Path) -> None:
    first, second = Place(tmp_path), Place(tmp_path)
    assert (first.number, second.number) == (0, 1)
    second.keep(Record(beacons(3), gauges()))
    assert list(first.others()) == [(1, Record(beacons(3), gauges()), True)]
    second.close()
    assert list(first.others()) == [(1, Record(beacons(3), gauges()), False)]
    first.close()


def test_a_new_worker_goes_on_where_the_dead_one_ended(tmp_path: Path) -> None:
    staying, dying = Metrics(Place(tmp_path)), Place(tmp_path)
    dying.keep(Record(beacons(3), gauges(hits=7, started=5.0)))
    dying.close()
    told = staying.of_all(gauges(hits=1))
    assert told.tallies.hits[BEACON][b"counted"] == 3
    assert list(told.living) == [0], "what a dead worker held back is not held any more"

    place = Place(tmp_path)
    assert place.number == 1
    new = Metrics(place, now=lambda: 50.0)
    new.tallies.hits[BEACON][b"counted"] += 2
    new.keep(new.gauges(store_is_up=True, buffer_bytes=0, buffer_hits=0, limit_bytes=1))
    told = staying.of_all(gauges())
    assert told.tallies.hits[BEACON][b"counted"] == 5
    assert told.tallies.commits.hits.total == 3
    assert {number: one.started for number, one in told.living.items()} == {0: 1.0, 1: 5.0}
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".record") == ["1.record"]


def test_what_only_others_saw_is_told_too(tmp_path: Path) -> None:
    asked, other, one_that_failed = Metrics(Place(tmp_path)), Metrics(Place(tmp_path)), Tallies()
    one_that_failed.commits.failures = 2
    other.tallies.add(one_that_failed)
    other.tallies.reports["/telemetry"].observe(0.2)
    other.keep(other.gauges(store_is_up=False, buffer_bytes=30, buffer_hits=3, limit_bytes=100))
    up = asked.gauges(store_is_up=True, buffer_bytes=20, buffer_hits=2, limit_bytes=100)
    lines = exposition(asked.of_all(up)).decode().splitlines()
    assert "telemetry_commit_failures_total 2.0" in lines
    assert 'telemetry_report_seconds_count{route="/telemetry"} 1.0' in lines
    assert "telemetry_store_up 0.0" in lines, "every worker has to be able to count"
    assert {"telemetry_buffer_bytes 50.0", "telemetry_buffer_hits 5.0", "telemetry_workers 2.0"} <= set(lines)


def test_a_record_nobody_can_read_is_left_out(tmp_path: Path) -> None:
    worker, other = Place(tmp_path), Place(tmp_path)
    (tmp_path / "1.record").write_bytes(b"\xff half a record")
    assert list(worker.others()) == []
    assert other.before() is None


def test_workers_find_each_other_again_after_somebody_tidied_up(tmp_path: Path) -> None:
    directory = tmp_path / "of the workers"
    staying, dying = Place(directory), Place(directory)
    shutil.rmtree(directory)
    dying.close()
    new = Place(directory)
    assert directory.stat().st_mode & 0o777 == 0o700
    new.keep(Record(beacons(2), gauges()))
    staying.keep(Record(beacons(3), gauges()))
    assert list(new.others()) == [(1, Record(beacons(3), gauges()), True)]
    assert list(staying.others()) == [(0, Record(beacons(2), gauges()), True)]


def test_a_removed_lock_gives_nobody_the_same_place(tmp_path: Path) -> None:
    staying = Place(tmp_path)
    (tmp_path / f"0{LOCK}").unlink()
    new = Place(tmp_path)
    for place in (new, staying):
        place.keep(Record(beacons(1), gauges()))
    assert (new.number, staying.number) == (0, 1)


def test_what_tidies_up_by_age_finds_nothing_old(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    place.keep(Record(beacons(1), gauges()))
    assert min(path.stat().st_mtime for path in tmp_path.iterdir()) > 0


def test_a_worker_of_a_killed_supervisor_makes_no_directory_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "of the workers"
    place = Place(directory)
    shutil.rmtree(directory)
    monkeypatch.setattr(os, "getppid", lambda: -1)
    with pytest.raises(FileNotFoundError):
        place.keep(Record(beacons(1), gauges()))
    assert not directory.exists()


def test_a_worker_starts_without_a_place_where_there_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    assert place_in(str(tmp_path / "file")) is None
    assert place_in(str(tmp_path / "link")) is None
    assert caplog.text.count("leave this one out") == 2


def test_the_directory_is_private_and_ends_with_its_supervisor() -> None:
    with shared_directory() as directory:
        assert directory.stat().st_mode & 0o777 == 0o700
        Place(directory)
    assert not directory.exists()


def test_without_any_temporary_directory_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "nowhere")])
    with pytest.raises(SettingsError, match="TMPDIR"), shared_directory():
        pass


def test_what_a_killed_supervisor_left_is_swept(tmp_path: Path) -> None:
    left, living, unlocked = (tmp_path / f"{PREFIX}{name}" for name in ("left", "living", "unlocked"))
    for directory in (left, living, unlocked):
        directory.mkdir()
    (left / f"supervisor{LOCK}").touch()
    (left / "0.record").touch()
    descriptor = os.open(living / f"supervisor{LOCK}", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == [living, unlocked]
    os.close(descriptor)


def test_what_another_one_sweeps_meanwhile_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / f"{PREFIX}left"
    left.mkdir()
    (left / f"supervisor{LOCK}").touch()
    monkeypatch.setattr(Path, "glob", lambda parent, _: iter([parent / f"{PREFIX}gone", left]))
    sweep(tmp_path)
    assert not left.exists()


@pytest.mark.anyio
@pytest.mark.parametrize("obstacle", ["the directory is gone", "its record cannot be written"])
async def test_a_worker_ends_well_where_nobody_can_be_told(
    obstacle: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "of the workers"
    directory.mkdir()
    metrics = Metrics(Place(directory))
    service = Service(Settings(), FakeAsyncRedis(), metrics=metrics)
    page = MetricsPage(service)
    if obstacle == "the directory is gone":
        shutil.rmtree(directory)
        monkeypatch.setattr(os, "getppid", lambda: -1)
    else:
        (directory / "0.draft").mkdir()
    page.start()
    await asyncio.sleep(0)
    await page.stop()
    said = [record.getMessage() for record in caplog.records if "leave this one out" in record.getMessage()]
    assert len(said) == (0 if obstacle == "the directory is gone" else 1)
