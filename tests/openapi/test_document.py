"""The document and the service agree: routes both ways, parameters, and what really comes back."""

import re
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from fakeredis import FakeAsyncRedis
from harness import Harness, harness
from starlette.applications import Starlette
from starlette.routing import Route

import telemetry_counter.app
from telemetry_counter.counting.checks import PARAMETERS as OF_CHECKS
from telemetry_counter.openapi.document import OPERATIONS, build, operation_id
from telemetry_counter.openapi.operation import Operation
from telemetry_counter.pages.hits import QUERY_PARAMETERS as OF_HITS
from telemetry_counter.reporting.adoption import PARAMETERS as OF_ADOPTION
from telemetry_counter.reporting.extras import PARAMETERS as OF_EXTRAS
from telemetry_counter.reporting.selection import PARAMETERS as OF_REPORTS
from telemetry_counter.routes.page_badge import PARAMETERS as OF_BADGES
from telemetry_counter.routes.page_intake import EMBED_PARAMETERS as OF_EMBEDS
from telemetry_counter.routes.releases import ReleaseBody
from telemetry_counter.service import Service
from telemetry_counter.settings import OWN_PATHS, Settings
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(anyio_backend: str) -> AsyncIterator[Harness]:
    client = FakeAsyncRedis(server_type="valkey")
    async with harness(client, Keys("t:"), enable_telemetry=True) as running:
        yield running
    await client.aclose()


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Method and path of every route the application is built of; without HEAD, which goes with GET."""
    made: list[Starlette] = []

    def starlette(**given: Any) -> Starlette:
        made.append(Starlette(**given))
        return made[0]

    monkeypatch.setattr(telemetry_counter.app, "Starlette", starlette)
    telemetry_counter.app.build_app(Service(Settings(), FakeAsyncRedis()))
    return set(methods_and_paths(made[0].routes))


def methods_and_paths(routes: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for route in routes:
        assert isinstance(route, Route), route
        for method in (route.methods or set()) - {"HEAD"}:
            yield method, re.sub(r"{(\w+):\w+}", r"{\1}", route.path)


def test_every_route_has_its_row_and_every_row_its_route(routes: set[tuple[str, str]]) -> None:
    rows = [(row.method, row.path) for row in OPERATIONS]
    assert set(rows) == routes
    assert len(rows) == len(set(rows))


def test_operations_have_names_of_their_own() -> None:
    names = [operation_id(row) for row in OPERATIONS]
    assert len(set(names)) == len(names)


def test_no_route_can_be_mistaken_for_one_under_a_base_path(routes: set[tuple[str, str]]) -> None:
    for _, path in routes - {("GET", "/")}:
        assert any(f"{path}/".startswith(f"{own}/") for own in OWN_PATHS), path


def parameters(method: str, path: str, place: str = "query") -> set[str]:
    [row] = [row for row in OPERATIONS if (row.method, row.path) == (method, path)]
    return {parameter.name for parameter in row.parameters if parameter.place == place}


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/checkVersion", OF_CHECKS - {"is_latest"}),
        ("/telemetry/beacon", OF_CHECKS - {"updater"}),
        ("/api/telemetry/pixel", OF_HITS),
        ("/api/telemetry/hit", OF_HITS),
        ("/telemetry/{owner}/{app}.gif", OF_EMBEDS),
        ("/telemetry/{owner}/{app}/badge.svg", OF_EMBEDS | OF_BADGES),
        ("/telemetry", OF_REPORTS | OF_EXTRAS),
        ("/telemetry/web", OF_REPORTS | {"path", "referrer"}),
        ("/telemetry/events", OF_REPORTS),
        ("/telemetry/adoption", OF_ADOPTION),
    ],
)
def test_the_parameters_are_those_that_are_read(path: str, known: set[str]) -> None:
    assert parameters("GET", path) == known


@pytest.mark.parametrize("row", OPERATIONS, ids=operation_id)
def test_the_parameters_in_a_path_are_described(row: Operation) -> None:
    assert parameters(row.method, row.path, "path") == set(re.findall(r"{(\w+)}", row.path))


@pytest.mark.parametrize("row", OPERATIONS, ids=operation_id)
def test_whoever_needs_a_key_is_told_what_happens_without(row: Operation) -> None:
    assert not row.key or {401, 302, 303} & row.answers.keys()


@pytest.mark.parametrize(("default_owner", "required"), [("", True), ("acme", False)])
def test_an_owner_may_be_left_out_where_there_is_a_default(default_owner: str, required: bool) -> None:
    document = build(default_owner=default_owner)
    for path in ("/checkVersion", "/telemetry/beacon", "/api/telemetry/pixel", "/api/telemetry/hit"):
        given = {one["name"]: one["required"] for one in document["paths"][path]["get"]["parameters"]}
        assert given["owner"] is required


def test_the_body_of_a_release_is_the_one_that_is_read() -> None:
    schema = build()["components"]["schemas"]["ReleaseBody"]
    assert set(schema["properties"]) == set(ReleaseBody.__struct_fields__)
    assert schema["additionalProperties"] is False
    assert re.fullmatch(schema["properties"]["version"]["pattern"], "1.2.3+build")


async def test_it_is_served_with_the_path_before_all_paths(running: Harness) -> None:
    answer = await running.http.get("/openapi.json")
    assert answer.json() == build()
    assert (answer.json()["openapi"], answer.json()["servers"]) == ("3.1.0", [{"url": "/"}])
    client = FakeAsyncRedis(server_type="valkey")
    async with harness(client, Keys("t:"), enable_telemetry=True, root_path="/counter") as below:
        document = (await below.http.get("/counter/openapi.json")).json()
    assert document["servers"] == [{"url": "/counter"}]
    await client.aclose()


async def test_head_is_answered_like_get(running: Harness) -> None:
    for row in OPERATIONS:
        if row.method == "GET" and "{" not in row.path:
            whole: httpx.Response = await running.http.get(row.path, headers=running.bearer)
            head: httpx.Response = await running.http.head(row.path, headers=running.bearer)
            assert whole.status_code in row.answers, row.path
            assert head.status_code == whole.status_code, row.path
            assert head.headers.get("content-type") == whole.headers.get("content-type"), row.path
