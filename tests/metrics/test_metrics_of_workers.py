"""All workers of a running service summed, also when one of them is killed."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from metrics.exposition import Scrape
from processes import family
from running import Installation
from trials.service import is_worker

from telemetry_counter.routes.metrics import KEEP_SECONDS

HITS = 60
BEACON = "/telemetry/beacon"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes found in /proc")


def scrape(installation: Installation) -> Scrape:
    """On a connection of its own, so of any worker."""
    with urllib.request.urlopen(f"{installation.url}/metrics", timeout=5) as answer:
        return Scrape(answer.read().decode())


def until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def send(installation: Installation, hits: int) -> None:
    query = "owner=acme&app_name=editor&version=1.0"
    for number in range(hits):
        request = urllib.request.Request(
            f"{installation.url}{BEACON}?{query}", headers={"X-Device-ID": f"device-{number}"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.headers["x-telemetry"] == "counted"


def workers_of(service: subprocess.Popen[bytes]) -> list[int]:
    return [pid for pid in family(service.pid)[1:] if is_worker(pid)]


def is_replaced(service: subprocess.Popen[bytes], victim: int) -> bool:
    workers = workers_of(service)
    return len(workers) == 2 and victim not in workers


def test_two_workers_are_one_service(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    installation = Installation(tmp_path, {"TMPDIR": str(temporary)})
    installation.run("admin", "create", "acme")
    installation.run("app", "create", "acme/editor")

    def counted() -> float:
        return scrape(installation).value("telemetry_hits_total", route=BEACON, outcome="counted")

    with installation.serving("--workers", "2") as service:
        send(installation, HITS)
        assert all(until(lambda: counted() == HITS) for _ in range(4)), "each of them tells the sum"
        [directory] = temporary.glob("telemetry-counter-metrics-*")
        assert directory.stat().st_mode & 0o777 == 0o700

        time.sleep(
            1.2 * KEEP_SECONDS
        )  # whichever it was that told the sum, the victim's record has its part now
        victim = workers_of(service)[0]
        os.kill(victim, signal.SIGKILL)
        assert until(lambda: is_replaced(service, victim) or counted() != HITS)
        assert counted() == HITS
        assert until(lambda: scrape(installation).value("telemetry_workers") == 2)
        send(installation, HITS)
        assert all(until(lambda: counted() == 2 * HITS) for _ in range(4))
        assert len(list(directory.glob("*.record"))) == 2
        assert "A worker ended by itself; another one takes its place." in capfd.readouterr().err
        assert len(scrape(installation).families["process_resident_memory_bytes"].samples) == 2
    assert list(temporary.glob("telemetry-counter-metrics-*")) == []
