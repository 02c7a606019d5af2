"""Processes that count, create, send and fork at the same time."""

import json
import os
import time
from collections.abc import Callable

import pytest

from .hosts import DAY, Host
from .service import Service

PROCESSES = 6
ROUNDS = 25


def written(host: Host) -> int:
    batches = json.loads((host.folder / "counts.json").read_text())["batches"]
    return sum(event["count"] for batch in batches for event in batch["events"])


def test_processes_that_count_at_once_lose_nothing(host: Host) -> None:
    host.run("--seen", "version")
    script = host.script(
        f"for _ in range({ROUNDS}):\n    telemetry.send('opened')\n    telemetry.destroy()\n"
    )
    running = [host.start(script=script) for _ in range(PROCESSES)]
    for process in running:
        assert process.communicate(timeout=30) == ("", "")
    assert written(host) == PROCESSES * ROUNDS


def test_processes_that_start_at_once_share_one_id(host: Host, recorder: Service) -> None:
    host.run("--seen", "version")
    running = [host.start("update") for _ in range(PROCESSES)]
    for process in running:
        process.communicate(timeout=30)
    assert len({request.headers["x-device-id"] for request in recorder.requests}) == 1
    path = host.folder / "device-id"
    assert path.stat().st_mode & 0o777 == 0o600
    assert host.folder.stat().st_mode & 0o777 == 0o700
    assert path.read_text().strip()[14] == "4"


def test_processes_that_send_at_once_send_the_same_batch(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY
    recorder.hanging = True
    wait = host.script("telemetry.bootstrap()\nsys.stdout.write('.')\nsys.stdout.flush()\ntime.sleep(20)\n")
    with host.start(script=wait) as slow:
        until(lambda: len(recorder.posts()) == 1)
        host.run("version")
        assert len(recorder.posts()) == 1
        host.now += DAY
        host.run("version")
        slow.kill()
    first, second = recorder.posts()
    assert first.body == second.body


def until(happened: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_deleted_while_it_is_sent_stays_deleted(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY
    recorder.hanging = True
    wait = host.script("telemetry.bootstrap()\ntime.sleep(0.5)\ntelemetry._counting._worker.wait(20)\n")
    with host.start(script=wait) as sending:
        until(lambda: len(recorder.posts()) == 1)
        host.run("telemetry", "off")
        recorder.ended.set()
        assert sending.communicate(timeout=20) == ("", "")
    assert not (host.folder / "counts.json").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_counts_its_own_only(host: Host) -> None:
    host.run("--seen", "version")
    script = host.script(
        "for _ in range(3): telemetry.send('opened')\n"
        "child = os.fork()\n"
        "for _ in range(2): telemetry.send('opened')\n"
        "if child: os.waitpid(child, 0)\n"
    )
    assert host.run(script=script).err == ""
    assert written(host) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_the_lock_is_held_does_not_keep_it(host: Host) -> None:
    host.run("--seen", "version")
    script = host.script(
        "from telemetry_counter.client.locks import locked\n"
        "holding = locked(sys.argv[1], 1)\n"
        "holding.__enter__()\n"
        "if os.fork() == 0:\n"
        "    time.sleep(5)\n"
        "    os._exit(0)\n"
        "os._exit(0)\n"
    )
    began = time.monotonic()
    process = host.start(str(host.folder / "lock"), script=script)
    process.wait(10)
    host.run("open")
    assert time.monotonic() - began < 4
    assert written(host) == 1
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise RuntimeError('of the program')"])
def test_counts_survive_any_ordinary_end(host: Host, end: str) -> None:
    host.run("--seen", "version")
    host.run(script=host.script(f"telemetry.send('opened')\n{end}\n"))
    assert written(host) == 1


def test_threads_that_count_at_once_lose_nothing(host: Host) -> None:
    host.run("--seen", "version")
    script = host.script(
        "import threading\n"
        "def count():\n"
        "    for _ in range(500): telemetry.send('opened', {'event_properties': {'kind': 'pdf'}})\n"
        "threads = [threading.Thread(target=count) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    assert host.run(script=script).err == ""
    assert written(host) == 2000
