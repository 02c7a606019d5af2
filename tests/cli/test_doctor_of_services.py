"""doctor, of a service that runs: whether it is where it is looked for, and what it drops."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from running import Installation

from telemetry_counter.cli.doctor.finding import Finding, Verdict
from telemetry_counter.cli.doctor.of_metrics import of_metrics
from telemetry_counter.cli.doctor.of_service import of_service

READY = json.dumps({"status": "ready", "buffered_bytes": 0})
AWAY = json.dumps({"status": "store away", "buffered_bytes": 0})
NOT_OURS = json.dumps({"error": "not found"})


@contextmanager
def answering(answers: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """A program that answers these paths so, and others with 404."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, NOT_OURS))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("answers", "path", "what", "advice"),
    [
        (
            {"/ready": (503, AWAY)},
            "",
            "the service at {base} answers 503: it cannot count",
            "look at its log",
        ),
        (
            {"/ready": (503, "<html>")},
            "",
            "{base} answers 503, and it is not the service that",
            "see what is",
        ),
        (
            {"/ready": (502, "<html>")},
            "",
            "{base} answers 502, and it is not the service that",
            "see what is",
        ),
        ({}, "", "{base} answers 404, and it is not the service that", "mend --url"),
        ({}, "/counter", "{base} answers 404, and it is not the service that", "mend --url"),
        ({"/ready": (200, READY)}, "/c", "the service is at {host}, not at {base}", "mend --url"),
        ({"/ready": (503, AWAY)}, "/c", "the service is at {host}, not at {base}", "mend --url"),
    ],
)
def test_who_refuses(answers: Mapping[str, tuple[int, str]], path: str, what: str, advice: str) -> None:
    with answering(answers) as host:
        [found] = of_service(host + path, "", None, is_named=True)
    assert found.verdict is Verdict.BAD
    assert found.what.startswith(what.format(base=host + path, host=host))
    assert found.advice.startswith(advice)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("doctor"))
    installation.run("admin", "create", "acme")
    with installation.serving():
        yield installation


def bad_or_note(installation: Installation, *arguments: str) -> list[list[str]]:
    told = installation.run("doctor", *arguments, check=False).stdout.splitlines()
    rows = [line.split("\t") for line in told if "\tservice\t" in line]
    return [row for row in rows if row[0] != "ok" and "not asked" not in row[2]]


def test_a_base_path_that_the_service_was_not_told(service: Installation) -> None:
    [row] = bad_or_note(service, "--url", f"{service.url}/counter")
    assert row == [
        "BAD",
        "service",
        f"the service behind {service.url}/counter does not know of /counter: it answers 404",
        "set ROOT_PATH=/counter for the service and start it anew, or mend --url",
    ]


def test_hits_for_apps_that_do_not_exist(service: Installation) -> None:
    assert bad_or_note(service) == []
    for _ in range(2):
        urllib.request.urlopen(
            f"{service.url}/api/telemetry/pixel?owner=acme&site=dosc&path=/", timeout=5
        ).close()
    query = "owner=acme&app_name=nosuch&version=1.0"
    request = urllib.request.Request(
        f"{service.url}/checkVersion?{query}", headers={"X-Device-ID": "3f0c9a52-6d1e-4c7b-9a38-5b1f0c2d7e64"}
    )
    urllib.request.urlopen(request, timeout=5).close()
    [[verdict, _, what, advice]] = bad_or_note(service)
    assert (verdict, what) == (
        "note",
        "since its start it dropped hits for apps or admins that do not exist: "
        "2 at /api/telemetry/pixel, 1 at /checkVersion",
    )
    assert "telemetry-counter app list OWNER" in advice


def test_metrics_of_another_program_say_nothing() -> None:
    assert list(of_metrics("up 1\n")) == []


def test_what_a_service_refuses_for_other_reasons_is_no_news() -> None:
    text = (
        "telemetry_store_up 1\ntelemetry_buffer_bytes 0\ntelemetry_buffer_hits 0\ntelemetry_workers 1\n"
        "telemetry_buffer_limit_bytes 64\n"
        'telemetry_refusals_total{route="/checkVersion",reason="invalid"} 3\n'
        'telemetry_refusals_total{route="/checkVersion",reason="unknown_app"} 0\n'
    )
    assert list(of_metrics(text)) == [
        Finding(Verdict.GOOD, "its worker: 0 hits wait for the store, in 0% of the buffer")
    ]
