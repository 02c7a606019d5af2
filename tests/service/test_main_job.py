"""What the product is for, on real processes: answer update checks, count them, report them."""

import asyncio
import datetime as dt
import os
import signal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from check_lines import APPS, LATEST, OWNER, Line, check_report, week
from running import Installation

from telemetry_counter.releases.versions import version_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def prepare(installation: Installation) -> str:
    """The admin, the apps with their release; the admin's token. Estimates repeat, as the secret is one."""
    installation.settings["SECRET_KEY"] = "the same in every run of the tests"
    token = installation.run("admin", "create", OWNER).stdout.strip()
    for app in APPS:
        installation.run(
            *("release", "publish", f"{OWNER}/{app}", LATEST, "--url", f"https://e.org/{app}.zip"),
            *("--published", "2025-01-01T00:00:00Z"),
        )
    return token


async def report(installation: Installation, token: str, query: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http.get(f"{installation.url}/telemetry?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def test_an_imported_week_is_reported_as_it_was(installation: Installation) -> None:
    lines = week(dt.datetime.now(dt.UTC).date())
    file = installation.directory / "checks.ndjson"
    file.write_text("\n".join(line.json() for line in lines))
    with installation.serving():
        token = prepare(installation)
        imported = installation.run("import", str(file), "--format", "checks")
        assert "1,765 of 1,765 lines counted" in imported.stderr
        check_report(await report(installation, token, "range=week"), lines)
        again = installation.run("import", str(file), "--format", "checks", check=False)
        assert again.returncode == 1
        assert "--again" in again.stderr
        assert (await report(installation, token, "range=week"))["summary"]["total_requests"] == 1765
        by_command = installation.run("report", "--owner", OWNER, "--range", "week").stdout
        assert orjson.loads(by_command) == await report(installation, token, "range=week")


async def send(installation: Installation, lines: list[Line], at_once: int = 50) -> list[str]:
    """The outcomes; '' where no answer came. Every answer must be right for its version."""
    queue = asyncio.Queue[Line]()
    for line in lines:
        queue.put_nowait(line)
    outcomes: list[str] = []

    async def sender(http: httpx.AsyncClient) -> None:
        while not queue.empty():
            line = queue.get_nowait()
            try:
                answer = await http.get(
                    f"{installation.url}/checkVersion",
                    params=line.query(),
                    headers={"X-Device-ID": line.device},
                )
            except httpx.HTTPError:
                outcomes.append("")
                continue
            assert answer.status_code == 200
            offered = version_key(line.version) < version_key(LATEST)
            assert answer.json()["update_available"] is offered
            assert answer.json()["update_url"] == f"https://e.org/{line.app}.zip"
            outcomes.append(answer.headers["x-telemetry"])

    async with httpx.AsyncClient(timeout=10) as http:
        await asyncio.gather(*(sender(http) for _ in range(at_once)))
    return outcomes


async def test_two_workers_count_live_checks_the_same(installation: Installation) -> None:
    token = prepare(installation)
    today = dt.datetime.now(dt.UTC).date()
    lines = [Line(today, *(getattr(one, name) for name in Line.__slots__[1:])) for one in week(today)]
    with installation.serving("--workers", "2"):
        outcomes = await send(installation, lines)
        assert set(outcomes) == {"counted"}
        check_report(await report(installation, token, "range=today"), lines)


async def test_what_was_answered_as_counted_survives_kill_9(installation: Installation) -> None:
    token = prepare(installation)
    today = dt.datetime.now(dt.UTC).date()
    lines = [
        Line(today, "firstapp", "0.0.0.1", "stable", "linux", "amd64", f"d{number}") for number in range(1500)
    ]
    with installation.serving("--workers", "2") as service:
        sending = asyncio.create_task(send(installation, lines))
        await asyncio.sleep(0.4)
        os.kill(service.pid, signal.SIGKILL)
        outcomes = await sending
    counted = outcomes.count("counted")
    assert counted > 0
    with installation.serving():
        total = (await report(installation, token, "range=today"))["summary"]["total_requests"]
    assert counted <= total <= len(lines)


def test_a_second_service_and_commands_share_the_store(installation: Installation) -> None:
    second = Installation(installation.directory, {"PORT": str(Installation(installation.directory).port)})
    with installation.serving():
        installation.run("admin", "create", "acme")
        second.port = int(second.settings["PORT"])
        with second.serving():
            assert second.run("admin", "list").stdout == "acme\t0\n"
    assert installation.run("admin", "list").stdout == "acme\t0\n"


def test_doctor_says_what_is_and_what_the_service_sees(installation: Installation) -> None:
    token = installation.run("admin", "create", "acme").stdout.strip()
    alone = installation.run("doctor").stdout
    assert "no service answers at" in alone
    assert "no key of the device hash yet" in alone
    (installation.directory / ".env").write_text("ENABLE_TELEMETY=true\n")
    with installation.serving():
        told = installation.run("doctor", "--token", token).stdout
        assert ".env names ENABLE_TELEMETY, which is no setting" in told
        assert "ENABLE_TELEMETRY is True, from the environment" in told
        assert "is ready" in told
        assert '"127.0.0.1"' in told
        assert "BAD" not in told
        assert installation.run("doctor", "--token", "nonsense", check=False).returncode == 1
    installation.settings = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    away = installation.run("doctor", check=False)
    assert away.returncode == 1
    assert "start the store, or mend REDIS_URL" in away.stdout


def test_a_port_in_use_is_one_sentence(installation: Installation) -> None:
    with installation.serving():
        refused = installation.run("serve", check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: HOST and PORT: cannot listen on 127.0.0.1:")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "many"}, "PORT must be a whole number from 0 to 65,535, not 'many'."),
        ({"ENABLE_TELEMETRY": "perhaps"}, "ENABLE_TELEMETRY must be true or false, not 'perhaps'."),
        ({"REDIS_URL": "http://e.org"}, "REDIS_URL must begin with one of"),
    ],
)
def test_a_bad_setting_stops_the_start(
    installation: Installation, settings: dict[str, str], sentence: str
) -> None:
    installation.settings = settings
    refused = installation.run("serve", check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {sentence}")
    assert len(refused.stderr.splitlines()) == 1


def test_telemetry_off_says_how_to_switch_it_on(installation: Installation) -> None:
    installation.settings = {"ENABLE_TELEMETRY": ""}
    with installation.serving() as service:
        answer = httpx.get(f"{installation.url}/telemetry")
        assert answer.status_code == 403
        assert "ENABLE_TELEMETRY=true" in answer.json()["error"]
        service.send_signal(signal.SIGINT)
        assert service.wait(15) == 0
