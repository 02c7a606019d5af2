"""What a log line holds, and what none ever does."""

import json
import logging
import logging.config
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from events.bodies import encoded, event, summary
from running import PROGRAM, Installation, wait_until_ready

from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.logs import JsonLines, Once, TextLines, access_log, is_json, log_config

DEVICE = "needle-0b1c2d3e-4f5a-4bbb-8ccc-123456789abc"
HEADERS = {
    "X-Device-ID": DEVICE,
    "User-Agent": "needle-browser/1.0",
    "Referer": "https://needle.example/needle",
    "X-Forwarded-For": "203.0.113.77",
    "Cookie": "needle=1",
}
NEEDLES = ("needle", "127.0.0.1", "203.0.113", "::1")
CHECK = f"owner=acme&app_name=editor&version=1.0&channel=needle&updater={{}}&_={DEVICE}"
PAGE = "owner=acme&site=editor&path=/needle"


def record(message: str, *arguments: object, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "telemetry_counter.committer", "levelno": logging.ERROR, **extra})
    made.levelname, made.msg, made.created = "ERROR", message, 1750075200.1234
    made.args = arguments[0] if arguments and isinstance(arguments[0], dict) else arguments
    return made


def test_a_line_of_json() -> None:
    line = JsonLines().format(
        record("%(hits)d hits: %(why)s", {"hits": 3, "why": "two\nlines"}, app="editor")
    )
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2025-06-16T12:00:00.123Z",
        "level": "error",
        "event": "committer",
        "message": "3 hits: two\nlines",
        "hits": 3,
        "why": "two\nlines",
        "app": "editor",
    }


def test_a_line_of_text() -> None:
    line = TextLines().format(record("%d hits", 3))
    assert line == "2025-06-16T12:00:00.123Z ERROR committer: 3 hits"


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_an_exception_does_not_repeat_what_a_client_sent(formatter: logging.Formatter) -> None:
    error = raised(KeyError("needle"))
    line = formatter.format(record("oh", exc_info=(KeyError, error, error.__traceback__)))
    assert "needle" not in line
    assert "KeyError" in line
    assert "test_logs.py" in line
    error = raised(StoreUnavailable("the store is away"))
    assert "the store is away" in formatter.format(record("oh", exc_info=(type(error), error, None)))


def test_an_exception_is_one_line() -> None:
    error = raised(ValueError())
    twice = [record("oh", exc_info=(ValueError, error, None)) for _ in range(2)]
    assert [Once().filter(one) for one in twice] == [True, False]
    assert Once().filter(record("another"))


@pytest.mark.parametrize(
    ("log_format", "is_terminal", "expected"),
    [("json", True, True), ("TEXT", False, False), ("auto", True, False), ("auto", False, True)],
)
def test_text_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, log_format: str, is_terminal: bool, expected: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    assert is_json(log_format) is expected


def test_the_access_log_repeats_no_method_and_no_path(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "telemetry_counter.requests")
    access_log("NEEDLE", "", 404, 0.0012)
    assert caplog.messages == ["other none 404 in 1.20 ms"]


def test_the_configuration_is_one(tmp_path: Path) -> None:
    config = log_config("debug", "json")
    assert config["loggers"]["uvicorn"]["level"] == "WARNING"
    assert log_config("info", "json")["loggers"]["uvicorn"]["level"] == "ERROR"
    script = (
        "import logging, logging.config, json, sys\n"
        "logging.config.dictConfig(json.loads(sys.argv[1]))\n"
        "for name in ('uvicorn.error', 'asyncio', 'telemetry_counter.x'):\n"
        "    logging.getLogger(name).error('said')\n"
        "logging.getLogger('telemetry_counter.x').debug('told')\n"
        "logging.getLogger('redis').warning('warned')\n"
        "logging.getLogger('redis').info('not told')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(config)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["event"], one["message"]) for one in lines] == [
        ("uvicorn.error", "said"),
        ("asyncio", "said"),
        ("x", "said"),
        ("x", "told"),
        ("redis", "warned"),
    ]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("logs"))
    made.settings = {"ACCESS_LOG": "true", "LOG_LEVEL": "debug", "TRUSTED_PROXIES": "127.0.0.1"}
    made.run("admin", "create", "acme")
    made.run("app", "create", "acme/editor")
    return made


def visit(url: str) -> None:
    """Every kind of request, and some that are none."""
    body = encoded(summary(UtcDay().today(), event("needle")))
    with httpx.Client(base_url=url, headers=HEADERS, timeout=10) as http:
        for updater in (
            "manual",
            "tauri",
            "squirrel_darwin",
            "squirrel_windows",
            "electron-builder",
            "needle",
        ):
            http.get(f"/checkVersion?{CHECK.format(updater)}")
        http.get(f"/telemetry/beacon?{CHECK.format('manual')}")
        http.head(f"/telemetry/beacon?{CHECK.format('manual')}")
        http.options("/telemetry/beacon", headers={"Origin": "https://needle.example"})
        http.get(f"/api/telemetry/pixel?{PAGE}")
        http.post("/api/telemetry/hit", content=b'{"site": "editor", "owner": "acme", "path": "/needle"}')
        http.post("/api/telemetry/hit", content=b"needle")
        http.get("/telemetry/acme/editor.gif?url=https://needle.example/needle")
        http.get("/telemetry/needle/needle/badge.svg?url=https://needle.example/")
        http.post("/telemetry/events", content=body)
        http.post("/telemetry/events", content=b"needle")
        for path in (
            "/telemetry",
            "/releases",
            "/telemetry/request",
            "/metrics",
            "/needle",
            "/needle%0aneedle",
        ):
            http.get(path, headers={"Authorization": "Bearer needle"})
        http.request("PROPFIND", "/needle")
    for bytes_sent in (
        b"needle\r\n\r\n",
        b"GET /needle HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01needle",
        b"GET / HT",
    ):
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as raw:
            raw.sendall(bytes_sent)
            raw.shutdown(socket.SHUT_WR)
            raw.recv(1000)


def logged(installation: Installation, settings: dict[str, str]) -> str:
    """The log of a service that saw it all."""
    environ = installation.environ | settings
    path = installation.directory / "log"
    with path.open("wb") as log:
        process = subprocess.Popen((*PROGRAM, "serve"), env=environ, cwd=installation.directory, stderr=log)
        try:
            wait_until_ready(installation.url, process)
            visit(installation.url)
        finally:
            process.terminate()
            process.wait(20)
    return path.read_text()


def test_no_line_tells_who_asked(installation: Installation) -> None:
    text = logged(installation, {})
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "event", "message"} <= set(line) for line in lines)
    assert not [line for line in lines if line["event"].startswith("uvicorn")], "of what is no HTTP"
    requests = [line for line in lines if line["event"] == "requests"]
    assert len(requests) >= 20
    assert all(
        set(line) == {"time", "level", "event", "message", "method", "route", "status", "milliseconds"}
        for line in requests
    )
    assert {"/checkVersion", "/telemetry/beacon", "/telemetry/{owner}/{app}.gif", "none"} <= {
        line["route"] for line in requests
    }
    greeting = [line for line in lines if "telemetry-counter" in line["message"]]
    rest = [line for line in lines if line not in greeting]
    for needle in NEEDLES:
        assert needle not in json.dumps(rest), needle


def test_requests_are_not_logged_unless_asked_for(installation: Installation) -> None:
    text = logged(installation, {"ACCESS_LOG": "", "LOG_LEVEL": "info", "LOG_FORMAT": "text"})
    assert "requests:" not in text
    for needle in ("needle", "203.0.113"):
        assert needle not in text
    assert re.search(r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z INFO service: The store answers\.$", text)
