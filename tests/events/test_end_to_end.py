"""The client library and the service as people run them: real processes, the embedded store, one network."""

import datetime as dt
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client.conftest import lasting
from client.hosts import DAY, ROOT, Host
from client.service import refused_port
from running import Installation

from .proxy import Proxy, between

PROCESSES, ROUNDS = 4, 15


class Counter:
    """The service, with an admin and the apps of the examples; `log` is what it said."""

    def __init__(self, directory: Path) -> None:
        self.installation = Installation(directory)
        self.token = self.installation.run("admin", "create", "acme").stdout.strip()
        for app in ("editor", "resizer", "kitchen", "painter"):
            self.installation.run("app", "create", f"acme/{app}")

    @property
    def url(self) -> str:
        return self.installation.url

    def report(self, query: str = "range=week") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}/telemetry/events?{query}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def counted(self, query: str = "range=week") -> dict[str, int]:
        return {one["event"]: one["count"] for one in self.report(query)["events"]}


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    counter = Counter(tmp_path_factory.mktemp("counter"))
    with counter.installation.serving():
        yield counter


@pytest.fixture
def app(counter: Counter, request: pytest.FixtureRequest) -> str:
    """An app of the test's own."""
    name = f"app-{abs(hash(request.node.name))}"
    counter.installation.run("app", "create", f"acme/{name}")
    deadline = time.monotonic() + 5
    check = f"{counter.url}/telemetry/beacon?owner=acme&version=1&app_name={name}"
    while urllib.request.urlopen(check).headers["X-Telemetry"] == "dropped; reason=unknown_app":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return name


@pytest.fixture
def proxy(counter: Counter) -> Iterator[Proxy]:
    with between(counter.url) as proxy:
        yield proxy


@pytest.fixture
def user(lasting: Path, proxy: Proxy) -> Host:
    """A user's machine at noon of the service's today."""
    noon = dt.datetime.combine(dt.datetime.now(dt.UTC).date(), dt.time(12), dt.UTC)
    return Host(lasting / "home", proxy.address, now=noon.timestamp())


def program(host: Host, app: str, text: str) -> Path:
    """A program with the library in it."""
    return host.script(
        f"telemetry = Telemetry(os.environ['EDITOR_ADDRESS'], owner='acme', app='{app}', version='1.2.3',\n"
        "    channel='stable', clock=lambda: float(os.environ['EDITOR_NOW']))\n"
        "telemetry.first_run_notice(show=lambda text: None)\n"
        f"{text}\n"
    )


SEND = "telemetry.bootstrap(); time.sleep(0.5); telemetry.destroy()"


def test_processes_that_sum_at_once_lose_nothing(
    counter: Counter, app: str, user: Host, proxy: Proxy
) -> None:
    user.now -= DAY
    kinds = "{'event_properties': {'kind': 'pdf'}}"
    counting = program(
        user, app, f"for _ in range({ROUNDS}):\n    telemetry.send('opened', {kinds}); telemetry.destroy()"
    )
    user.run(script=counting)
    running = [user.start(script=counting) for _ in range(PROCESSES)]
    for process in running:
        assert process.communicate(timeout=60) == ("", "")
    user.now += DAY
    sending = [user.start(script=program(user, app, SEND)) for _ in range(3)]
    for process in sending:
        assert process.communicate(timeout=30) == ("", "")
    report = counter.report(f"range=week&apps={app}")
    [opened] = report["events"]
    assert (opened["count"], opened["client_count"]) == ((PROCESSES + 1) * ROUNDS, 1)
    [value] = opened["properties"][0]["values"]
    assert (value["value"], value["count"]) == ("pdf", (PROCESSES + 1) * ROUNDS)
    assert {outcome for _, outcome in proxy.outcomes} == {"counted"}


def test_offline_for_three_days_then_online_with_lost_answers(
    counter: Counter, app: str, user: Host, proxy: Proxy
) -> None:
    today, online = user.now, user.address
    user.address = refused_port()
    for days_ago in (3, 2, 1):
        user.now = today - days_ago * DAY
        user.run(script=program(user, app, f"for _ in range({days_ago}): telemetry.send('opened')\n{SEND}"))
    user.now, user.address, proxy.loses_first_answers = today, online, True
    for _ in range(5):
        user.run(script=program(user, app, SEND))
        user.now += 13 * 3600
    days = [dt.datetime.fromtimestamp(today - n * DAY, dt.UTC).date().isoformat() for n in (3, 2, 1)]
    assert proxy.outcomes == [(day, "counted") for day in days for _ in range(2)]
    report = counter.report(f"range=week&apps={app}")
    counted = {row["date"]: row["total_events"] for row in report["daily_stats"] if row["total_events"]}
    assert counted == dict(zip(days, (3, 2, 1), strict=True))
    assert report["summary"]["unique_clients"] == 1


def post(url: str, body: dict[str, Any]) -> str:
    request = urllib.request.Request(f"{url}/telemetry/events", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["X-Telemetry"])


def test_what_was_answered_as_counted_outlives_a_killed_service(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    day = dt.datetime.now(dt.UTC).date().isoformat()
    body = {"owner": "acme", "app_name": "editor", "version": "1", "day": day}
    bodies = [
        body | {"batch_id": f"00000000-0000-4000-8000-{n:012}", "events": [{"name": "opened", "count": 1}]}
        for n in range(20)
    ]
    with counter.installation.serving() as process:
        assert {post(counter.url, one) for one in bodies} == {"counted"}
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with counter.installation.serving():
        assert counter.counted() == {"opened": 20}
        assert {post(counter.url, one) for one in bodies} == {"counted"}
        assert counter.counted() == {"opened": 20}


def tomorrow(user: Host, app: str, version: str, directory: str = "") -> None:
    """Sends what an example has counted, as a later start of it would."""
    where = f", directory={directory!r}" if directory else ""
    user.now += DAY
    script = user.script(
        f"telemetry = Telemetry(os.environ['COUNTER'], owner='acme', app='{app}', version='{version}',\n"
        f"    clock=lambda: float(os.environ['EDITOR_NOW']){where})\n{SEND}\n"
    )
    assert user.run(script=script).err == ""


@pytest.fixture
def shopper(user: Host, proxy: Proxy) -> Host:
    user.environ["COUNTER"] = proxy.address
    return user


def test_the_command_line_example(counter: Counter, shopper: Host) -> None:
    example = ROOT / "examples" / "cli_click.py"
    shopper.run("telemetry", "on", script=example)
    for size in ("800", "640"):
        shopper.run("resize", size, script=example)
    assert shopper.run("update", script=example).out == "up to date\n"
    tomorrow(shopper, "resizer", "1.2.3")
    report = counter.report("range=week&apps=resizer")
    assert {one["event"]: one["count"] for one in report["events"]}["resize"] == 2
    assert report["versions"] == [{"version": "1.2.3", "count": 2, "client_count": 1}]


def test_the_server_example(counter: Counter, shopper: Host) -> None:
    folder = shopper.home / "data"
    shopper.visit_server(folder, times=3)
    tomorrow(shopper, "kitchen", "2.0.0", str(folder))
    assert counter.counted("range=week&apps=kitchen") == {"served": 3, "started": 1}


def test_the_loop_example_is_offered_an_update(counter: Counter, shopper: Host) -> None:
    url = "https://acme.example/painter"
    counter.installation.run("release", "publish", "acme/painter", "1.0.0", "--url", url)
    until(lambda: offered(counter.url) == "1.0.0")
    run = shopper.run(script=ROOT / "examples" / "gui_loop.py")
    assert "update: answered, available\n" in run.out
    tomorrow(shopper, "painter", "0.9.0")
    assert counter.counted("range=week&apps=painter") == {"tool": 3}


def offered(url: str) -> str | None:
    check = f"{url}/checkVersion?owner=acme&app_name=painter&version=0.9.0"
    with urllib.request.urlopen(check, timeout=10) as answer:
        version: str | None = answer.headers["X-Update-Version"]
        return version


def until(happened: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_check_tells_the_version(counter: Counter, app: str, user: Host) -> None:
    counter.installation.run("release", "publish", f"acme/{app}", "2.0.0", "--url", "https://acme.example/e")
    ask = program(user, app, "check = telemetry.check_for_updates(); print(check.available, check.version)")
    until(lambda: user.run(script=ask).out == "True 2.0.0\n")


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs bash and curl")
def test_the_lines_of_the_wire_are_served(counter: Counter) -> None:
    document = (ROOT / "docs" / "wire-events.md").read_text()
    blocks = [block for block in re.findall(r"```sh\n(.*?)```", document, re.DOTALL) if "curl" in block]
    variables = re.findall(r"```sh\n(BASE=.*?)```", document, re.DOTALL)
    script = "set -eu\n" + "".join((*variables, *blocks)).replace("http://127.0.0.1:8000", counter.url)
    printed = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    assert len(re.findall(r"(?i)x-telemetry: counted\r?\n", printed)) == 4
    report = counter.report("range=week&apps=editor")
    [opened, saved] = report["events"]
    assert (opened["event"], opened["count"], saved["event"], saved["count"]) == ("opened", 3, "saved", 1)
    properties = {
        of["property"]: {v["value"]: v["count"] for v in of["values"]} for of in opened["properties"]
    }
    assert properties == {"kind": {"pdf": 2, "odt": 1}, "user.memory": {"16GB": 3}}


__all__ = ["lasting"]
