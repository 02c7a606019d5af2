"""The Procfile run as written, and the systemd unit."""

import configparser
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from running import Installation, wait_until_ready

from telemetry_counter.cli.serve import GRACE_SECONDS
from telemetry_counter.service import DRAIN_SECONDS

TOP = Path(__file__).parent.parent.parent
UNIT = TOP / "deploy" / "systemd" / "telemetry-counter.service"
PROGRAM = Path(sys.executable).with_name("telemetry-counter")
CHECK = "owner=acme&app_name=editor&version=1.0"


def test_the_procfile_counts_a_check_and_ends_in_order(tmp_path: Path) -> None:
    installation = Installation(tmp_path, {"REDIS_URL": ""})
    token = installation.run("admin", "create", "acme").stdout.strip()
    installation.run("app", "create", "acme/editor")
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "-f", str(TOP / "Procfile"), "-d", str(tmp_path), "start"],
        env=installation.environ | {"PATH": path},
        start_new_session=True,
    )
    try:
        wait_until_ready(installation.url, honcho)
        answer = httpx.get(f"{installation.url}/checkVersion?{CHECK}", headers={"X-Device-ID": "one"})
        assert answer.headers["x-telemetry"] == "counted"
    finally:
        honcho.send_signal(signal.SIGTERM)
        assert honcho.wait(20) in (0, 128 + signal.SIGTERM)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{installation.url}/health")
    with installation.serving():
        report = httpx.get(f"{installation.url}/telemetry", headers={"Authorization": f"Bearer {token}"})
    assert report.json()["summary"]["total_requests"] == 1


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser


def test_the_unit_runs_the_program_and_gives_it_time_to_end(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["ExecStart"].endswith("/telemetry-counter serve")
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > GRACE_SECONDS + DRAIN_SECONDS
    assert service["Restart"] == "on-failure"
    assert service["User"] != "root"
    assert f"/var/lib/{service['StateDirectory']}" in (TOP / "docs" / "deploy.md").read_text()
    assert service["ProtectSystem"] == "strict"


def test_systemd_understands_the_unit(unit: configparser.ConfigParser, tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd is not installed")
    program = unit["Service"]["ExecStart"].split()[0]
    written = tmp_path / UNIT.name
    written.write_text(re.sub(re.escape(program), sys.executable, UNIT.read_text()))
    done = subprocess.run(
        [systemd, "verify", "--man=no", str(written)], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
