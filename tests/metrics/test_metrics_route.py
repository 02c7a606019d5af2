"""What `/metrics` says, and to whom."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from events.bodies import encoded, event, summary
from harness import Harness, harness
from metrics.exposition import Scrape

from telemetry_counter.app import build_app
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.metrics.tallies import DASHBOARD_ROUTES, HIT_ROUTES, REPORT_ROUTES, Tallies
from telemetry_counter.openapi.document import OPERATIONS
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

TOKEN = "the token of the metrics"
DOCS = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
CHECK = "owner=acme&app_name=editor&version=1.0"
PAGE = "owner=acme&site=editor&path=/docs"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


@pytest.fixture
async def running(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    async with harness(client, keys, enable_telemetry=True) as running:
        yield running


async def ask(
    of: Harness, peer: str = "127.0.0.1", host: str = "127.0.0.1:8000", **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(build_app(of.service), client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return await http.get("/metrics", headers={k.replace("_", "-"): v for k, v in headers.items()})


async def scrape(of: Harness) -> Scrape:
    answer = await ask(of)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Scrape(answer.text)


async def visit(of: Harness) -> None:
    """A hit of every route, some refused; every report."""
    device, day = {"X-Device-ID": "one"}, of.service.clock.today()
    http = of.http
    await http.get(f"/checkVersion?{CHECK}", headers=device)
    await http.get(f"/checkVersion?{CHECK}")
    await http.get(f"/telemetry/beacon?{CHECK}", headers=device)
    await http.get("/telemetry/beacon?owner=acme&app_name=nothing-like-it&version=1", headers=device)
    await http.get(f"/api/telemetry/pixel?{PAGE}", headers=BROWSER)
    await http.get(f"/api/telemetry/pixel?{PAGE}", headers={"User-Agent": "Googlebot/2.1"})
    await http.post(f"/api/telemetry/hit?{PAGE}", headers=BROWSER | {"DNT": "1"})
    await http.get("/telemetry/acme/editor.gif?force=true&url=https://e.org/p", headers=BROWSER)
    await http.get("/telemetry/acme/editor/badge.svg?force=true&url=https://e.org/p", headers=BROWSER)
    await http.post("/telemetry/events", content=encoded(summary(day, event())), headers=device)
    for path in REPORT_ROUTES:
        query = "?app=editor&channel=stable" if path.endswith("adoption") else ""
        assert (await http.get(path + query, headers=of.bearer)).status_code == 200
        assert (await http.get(path)).status_code == 401


async def test_hits_by_route_and_outcome(running: Harness) -> None:
    await visit(running)
    told = await scrape(running)
    hits = {
        (route, outcome): told.value("telemetry_hits_total", route=route, outcome=outcome)
        for route in HIT_ROUTES
        for outcome in ("counted", "pending", "dropped")
    }
    expected = dict.fromkeys(hits, 0.0) | {(route, "counted"): 1.0 for route in HIT_ROUTES}
    for refused in ("/checkVersion", "/telemetry/beacon", "/api/telemetry/pixel"):
        expected[refused, "dropped"] = 1.0
    assert hits == expected


async def test_refusals_by_reason(running: Harness) -> None:
    await visit(running)
    told = await scrape(running)
    for route, reason in (
        ("/checkVersion", "no_device"),
        ("/telemetry/beacon", "unknown_app"),
        ("/api/telemetry/pixel", "bot"),
        ("/api/telemetry/hit", "opted_out"),
    ):
        assert told.value("telemetry_refusals_total", route=route, reason=reason) == 1, reason


async def test_commits_and_reports_are_timed(running: Harness) -> None:
    await visit(running)
    told = await scrape(running)
    assert told.value("telemetry_commit_hits_sum") == 6  # all counted but the events, which have no batch
    assert told.value("telemetry_commit_seconds_count") == told.value("telemetry_commit_hits_count") > 0
    assert 0 < told.value("telemetry_commit_seconds_sum") < 60
    for route in REPORT_ROUTES:
        assert told.value("telemetry_report_seconds_count", route=route) == 1, route


def test_every_route_is_one_of_the_table_of_routes() -> None:
    """Of which the document of the interface is the copy that is tested."""
    known = {row.path for row in OPERATIONS}
    tallies = Tallies()
    assert set(tallies.hits) <= known
    assert set(tallies.reports) <= known


async def test_the_state(running: Harness) -> None:
    told = await scrape(running)
    assert told.value("telemetry_store_up") == 1
    assert told.value("telemetry_workers") == 1
    assert told.value("telemetry_buffer_hits") == told.value("telemetry_buffer_bytes") == 0
    assert told.value("telemetry_buffer_limit_bytes") == 64_000_000
    assert told.value("process_resident_memory_bytes", worker="0") > 10_000_000
    assert 0 <= told.value("telemetry_uptime_seconds") < 600


async def test_no_label_comes_from_a_client(running: Harness) -> None:
    await visit(running)
    await running.http.get("/telemetry/beacon?owner=needle&app_name=needle&version=needle")
    await running.http.get("/api/telemetry/pixel?site=needle&path=/needle&owner=needle")
    await running.http.get("/telemetry/needle/needle.gif?url=needle")
    await running.http.get("/needle")
    told = await scrape(running)
    reasons = {reason.value for reason in Reason}
    known = {
        *HIT_ROUTES,
        *REPORT_ROUTES,
        *DASHBOARD_ROUTES,
        *reasons,
        "counted",
        "pending",
        "dropped",
        "0",
        "+Inf",
    }
    unknown = {
        one for one in told.labels() - known if not re.fullmatch(r"[0-9]+\.[0-9.e+-]+(dev|rc)?[0-9]*", one)
    }
    assert unknown == set()


async def test_the_documents_table_has_every_metric(running: Harness) -> None:
    await visit(running)
    told = await scrape(running)
    documented = {}
    for name, kind, labels in re.findall(r"(?m)^\| `([a-z_]+)` \| (\w+) \|([^|]*)\|", DOCS):
        documented[name] = (kind, set(re.findall(r"`(\w+)`", labels)))
    found = {}
    for family in told.families.values():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        found[name] = (family.type, labels)
    assert found == documented


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("127.0.0.1", {}),
        ("127.9.9.9", {}),
        ("::1", {"host": "[::1]:8000"}),
        ("::ffff:127.0.0.1", {"host": "localhost"}),
    ],
)
async def test_this_machine_may_ask(running: Harness, peer: str, headers: dict[str, str]) -> None:
    assert (await ask(running, peer, **headers)).status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.1", {}),
        ("10.0.0.1", {}),
        ("2001:db8::1", {}),
        ("", {}),
        ("127.0.0.1", {"X_Forwarded_For": "203.0.113.7"}),
        ("127.0.0.1", {"X_Forwarded_For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"X_Real_IP": "203.0.113.7"}),
        ("127.0.0.1", {"host": "counter.example.org"}),
        ("192.0.2.1", {"X_Forwarded_For": "127.0.0.1"}),
    ],
)
async def test_others_may_not(running: Harness, peer: str, headers: dict[str, str]) -> None:
    answer = await ask(running, peer, **headers)
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("Without METRICS_TOKEN")


@pytest.mark.parametrize("trusted", ["127.0.0.1", "192.0.2.0/24"])
async def test_a_trusted_proxys_word_is_not_enough(client: Client, keys: Keys, trusted: str) -> None:
    async with harness(client, keys, enable_telemetry=True, trusted_proxies=trusted) as running:
        for peer in ("127.0.0.1", "192.0.2.1"):
            answer = await ask(running, peer, X_Forwarded_For="127.0.0.1")
            assert answer.status_code == 403


async def test_with_a_token_it_alone_opens(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True, metrics_token=TOKEN) as running:
        for wrong in (
            "",
            "Bearer",
            "Bearer wrong",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN}x",
            f"Bearer {running.token}",
        ):
            answer = await ask(running, Authorization=wrong)
            assert answer.status_code == 401
            assert "METRICS_TOKEN" in answer.json()["error"]
            assert answer.headers["www-authenticate"] == "Bearer"
        for peer in ("127.0.0.1", "192.0.2.1"):
            answer = await ask(running, peer, host="counter.example.org", Authorization=f"Bearer {TOKEN}")
            assert answer.status_code == 200
