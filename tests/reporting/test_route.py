"""`GET /telemetry` over HTTP."""

import csv
import json
from collections.abc import AsyncIterator
from types import MappingProxyType, SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from telemetry_counter.accounts.snapshot import Admin, Snapshot, Token
from telemetry_counter.accounts.tokens import new_token, token_digest
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import CounterError
from telemetry_counter.reporting.export import CSV, JSON, NDJSON, guarded, preferred_form
from telemetry_counter.routes import errors
from telemetry_counter.routes.event_reports import events
from telemetry_counter.routes.page_reports import web
from telemetry_counter.routes.reports import show_adoption, telemetry
from telemetry_counter.store.connect import Client, open_client

from .ledger import LONG_AGO, NOW, Ledger

ADMIN, ALICE, OTHER = new_token(), new_token(), new_token()


class Service:
    """As much of the running service as the route needs."""

    def __init__(self, ledger: Ledger) -> None:
        self.client = ledger.client
        self.keys = ledger.keys
        self.clock = UtcDay(NOW.timestamp)
        self.settings = SimpleNamespace(enable_telemetry=True, retention_days=30)
        self.snapshot = Snapshot(
            1,
            {
                "acme": Admin("acme", 1, ledger.admin.apps, tokens({ADMIN: "", ALICE: "alice"})),
                "rival": Admin("rival", 1, {}, tokens({OTHER: ""}, "rival")),
            },
        )

    def now(self) -> object:
        return NOW


def tokens(users: dict[str, str], admin: str = "acme") -> MappingProxyType[str, Token]:
    return MappingProxyType(
        {
            token_digest(token): Token(admin=admin, id=str(number), created=LONG_AGO, user=user)
            for number, (token, user) in enumerate(users.items())
        }
    )


@pytest.fixture
async def service(ledger: Ledger) -> Service:
    await ledger.count(range(5))
    await ledger.count(range(2), app="viewer")
    return Service(ledger)


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(
        routes=[
            Route("/telemetry", telemetry),
            Route("/telemetry/adoption", show_adoption),
            Route("/telemetry/events", events),
            Route("/telemetry/web", web),
        ],
        exception_handlers={CounterError: errors.counter_error},
    )
    app.state.service = service
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://counter") as http:
        http.headers["Authorization"] = f"Bearer {ADMIN}"
        yield http


async def ask(http: httpx.AsyncClient, query: str = "", **headers: str) -> httpx.Response:
    return await http.get(f"/telemetry{query}", headers=headers)


async def test_the_report(http: httpx.AsyncClient) -> None:
    answer = await ask(http, "?range=week&apps=editor&channels=&_=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    report: dict[str, Any] = answer.json()
    assert report["admin"] == "acme"
    assert report["summary"]["unique_clients"] == 5
    assert len(report["daily_stats"]) == 8


async def test_daily_rows_as_csv(http: httpx.AsyncClient) -> None:
    answer = await ask(http, "?range=week", Accept="text/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(answer.text.splitlines())
    assert header == [
        "date",
        "total_requests",
        "unique_clients",
        "clients_using_latest_version",
        "clients_outdated",
    ]
    assert len(rows) == 8
    assert rows[-1] == ["2025-06-16", "7", "5", "0", "0"]


async def test_daily_rows_as_ndjson(http: httpx.AsyncClient) -> None:
    answer = await ask(http, "?range=week", Accept="application/x-ndjson")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert rows == (await ask(http, "?range=week")).json()["daily_stats"]


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("?date=2025-06-16&date=2025-06-16", 400, "date is given more than once."),
        ("?channels=%FF", 400, "channels is not valid UTF-8."),
        ("?date=2025-06-16&range=week", 400, "date and range cannot be given together."),
        ("?compare=next", 400, "compare must be previous."),
        ("?include=everything", 400, "include must be active."),
        (
            "?range=year&compare=previous",
            400,
            "compare and include cannot be given together with range=year.",
        ),
        (
            "?range=year&channels=stable",
            400,
            "range=year cannot be filtered: of most of its days only plain figures are kept.",
        ),
        ("?range=decade", 400, "range must be today, week, month or year."),
        ("?apps=nobody", 404, "There is no app nobody."),
        ("?x=" + "x" * 32_768, 400, "The query is longer than 32768 bytes."),
    ],
)
async def test_a_wrong_question(http: httpx.AsyncClient, query: str, status: int, sentence: str) -> None:
    answer = await ask(http, query)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("?app=editor", "There is no parameter app; did you mean apps?"),
        ("?range=week&channel=beta", "There is no parameter channel; did you mean channels?"),
        ("?arch=arm64", "There is no parameter arch; did you mean architectures?"),
        ("?Range=week", "There is no parameter Range; did you mean range?"),
        ("?colour=red", "There is no parameter colour."),
        ("?%61pp=editor", "There is no parameter app; did you mean apps?"),
        ("?%3Cb%3E=1", "A parameter is not known here."),
        ("/adoption?app=editor&channels=beta", "There is no parameter channels; did you mean channel?"),
        ("/web?app=editor", "There is no parameter app; did you mean apps?"),
        ("/web?compare=previous", "There is no parameter compare."),
        ("/events?platform=linux", "There is no parameter platform; did you mean platforms?"),
    ],
)
async def test_a_misnamed_parameter_is_not_ignored(
    http: httpx.AsyncClient, question: str, sentence: str
) -> None:
    answer = await ask(http, question)
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


async def test_cache_busters_and_empty_parts_are_ignored(http: httpx.AsyncClient) -> None:
    assert (await ask(http, "?range=week&&_=17&ts=1&rnd=2&")).status_code == 200


async def test_adoption(http: httpx.AsyncClient) -> None:
    answer = await http.get("/telemetry/adoption?app=editor&channel=stable&arch=")
    assert answer.status_code == 200
    assert answer.json()["app"] == "editor"
    answer = await http.get("/telemetry/adoption?app=editor")
    assert (answer.status_code, answer.json()["channel"]) == (200, "stable")
    alice = {"Authorization": f"Bearer {ALICE}"}
    answer = await http.get("/telemetry/adoption?app=editor&channel=stable", headers=alice)
    assert answer.status_code == 403


async def test_no_token(http: httpx.AsyncClient) -> None:
    assert (await ask(http, Authorization="Bearer nonsense")).status_code == 401


async def test_another_admin_sees_nothing_of_it(http: httpx.AsyncClient) -> None:
    rival = {"Authorization": f"Bearer {OTHER}"}
    answer = await ask(http, **rival)
    assert (answer.json()["admin"], answer.json()["summary"]["total_requests"]) == ("rival", 0)
    answer = await ask(http, "?apps=editor", **rival)
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no app editor."})


async def test_a_team_user_without_grants_reads_but_filters_by_nothing(http: httpx.AsyncClient) -> None:
    alice = {"Authorization": f"Bearer {ALICE}"}
    assert (await ask(http, **alice)).json()["summary"]["total_requests"] == 7
    answer = await ask(http, "?channels=stable", **alice)
    assert answer.status_code == 403
    assert answer.json() == {"error": "This token may not filter channels by stable."}


async def test_telemetry_off(http: httpx.AsyncClient, service: Service) -> None:
    service.settings.enable_telemetry = False
    answer = await ask(http)
    assert answer.status_code == 403
    assert "ENABLE_TELEMETRY" in answer.json()["error"]


async def test_the_store_away(http: httpx.AsyncClient, service: Service) -> None:
    service.client = open_client("unix:///nowhere/store.sock")
    assert (await ask(http)).status_code == 503


async def test_a_foreign_key_in_the_store(http: httpx.AsyncClient, ledger: Ledger, client: Client) -> None:
    await client.set(ledger.keys.admin("acme").counters(NOW.date(), "editor"), "not ours")
    answer = await ask(http)
    assert answer.status_code == 503
    assert "not ours" in answer.json()["error"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("Text/CSV;charset=utf-8, */*;q=0.1", CSV),
        ("application/json, text/csv", JSON),
        ("text/html,text/csv", CSV),
        ("application/x-ndjson", NDJSON),
        ("*/*, text/csv", JSON),
        ("application/json;q=0.1, text/csv", CSV),
        ("text/csv;q=0.2, application/x-ndjson; q=0.9", NDJSON),
        ("text/csv;q=0", JSON),
        ("text/csv;q=0, application/ndjson;q=0.1", NDJSON),
        ("text/csv;q=much", CSV),
        ("text/*, application/json;q=0.5", CSV),
        ("image/png", JSON),
        (";;q=,,=;", JSON),
    ],
)
def test_which_form_is_asked_for(accept: str, form: str) -> None:
    assert preferred_form(accept) == form


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_is_never_a_formula(start: str) -> None:
    assert guarded(start + "1") == "'" + start + "1"


def test_other_cells_stay() -> None:
    assert (guarded("1-2"), guarded(17), guarded("")) == ("1-2", "17", "")
