"""`POST /telemetry/events` over HTTP, on the three stores."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import msgspec
import pytest
from harness import Harness

from telemetry_counter.app import build_app
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys

from .bodies import encoded, event, summary

pytestmark = pytest.mark.anyio

PATH = "/telemetry/events"
DEVICE = {"X-Device-ID": "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc"}
NIL = {"X-Device-ID": "00000000-0000-0000-0000-000000000000"}
CHECK = "/checkVersion?owner=acme&app_name=editor&version=1.2.3&channel=stable&platform=linux&arch=amd64"


def today(service: Harness) -> dt.date:
    return service.service.clock.today()


async def counts(service: Harness, day: dt.date | None = None) -> dict[str, int]:
    key = service.service.keys.admin("acme").events(day or today(service), "editor")
    fields: Any = await service.service.client.hgetall(key)
    return {name.decode(): int(value) for name, value in fields.items()}


async def devices(service: Harness, field: str) -> int:
    key = service.service.keys.admin("acme").event_sketch(today(service), "editor", field)
    return int(await service.service.client.pfcount(key))


async def post(service: Harness, body: dict[str, Any] | bytes, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else encoded(body)
    return await service.http.post(PATH, content=content, headers=DEVICE | headers)


async def refusals(service: Harness) -> dict[str, int]:
    await service.service.committer.drain(1)
    return {name: n for name, n in (await service.counters("editor")).items() if name.startswith("r:")}


async def all_keys(service: Harness) -> set[Any]:
    return set(await service.service.client.keys(f"{service.service.keys.prefix}*"))


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "text/html", ""])
async def test_a_summary_is_counted_under_any_content_type(service: Harness, media_type: str) -> None:
    body = summary(today(service), event("opened", 3))
    answer = await post(service, body, **{"Content-Type": media_type})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-telemetry"] == "counted"
    assert "x-telemetry-error" not in answer.headers
    assert (await counts(service))["e:opened"] == 3


async def test_a_repetition_is_answered_like_the_first_time(service: Harness) -> None:
    body = summary(today(service), event("opened", 3))
    answers = [await post(service, body) for _ in range(3)]
    assert {answer.headers["x-telemetry"] for answer in answers} == {"counted"}
    assert (await counts(service))["e:opened"] == 3


async def test_the_device_is_the_one_of_the_update_checks(service: Harness) -> None:
    await service.http.get(CHECK, headers=DEVICE)
    await post(service, summary(today(service)))
    client, keys = service.service.client, service.service.keys.admin("acme")
    checks = keys.sketch(today(service), "editor", "all")
    assert await client.pfcount(checks, keys.event_sketch(today(service), "editor", "all")) == 1


@pytest.mark.parametrize("headers", [NIL, {}, {"X-Device-ID": ""}])
async def test_without_an_id_no_device_is_counted(service: Harness, headers: dict[str, str]) -> None:
    answer = await service.http.post(PATH, content=encoded(summary(today(service))), headers=headers)
    assert answer.headers["x-telemetry"] == "counted"
    assert (await counts(service))["all"] == 1
    assert await devices(service, "all") == 0


async def test_an_id_that_is_too_long(service: Harness) -> None:
    body = summary(today(service))
    assert (await post(service, body, **{"X-Device-ID": "a" * 128})).headers["x-telemetry"] == "counted"
    answer = await post(service, body, **{"X-Device-ID": "a" * 129})
    assert answer.headers["x-telemetry"] == "dropped; reason=bad_device"
    assert answer.headers["x-telemetry-error"] == "X-Device-ID is longer than 128 characters."
    assert await refusals(service) == {"r:bad_device": 1}


async def test_days_back_to_the_seventh(service: Harness) -> None:
    seventh, eighth = (today(service) - dt.timedelta(days=days) for days in (7, 8))
    assert (await post(service, summary(seventh))).headers["x-telemetry"] == "counted"
    assert (await counts(service, seventh))["all"] == 1
    answer = await post(service, summary(eighth))
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "dropped; reason=too_old")
    assert answer.headers["x-telemetry-error"] == f"day is before {seventh}, the first that is still open."
    assert await counts(service, eighth) == {}
    assert await refusals(service) == {"r:too_old": 1}


async def test_no_day_is_open_that_is_not_kept(service: Harness) -> None:
    running = service.service
    running.settings = msgspec.structs.replace(running.settings, retention_days=3)
    outcomes = [
        (await post(service, summary(today(service) - dt.timedelta(days=days)))).headers["x-telemetry"]
        for days in (3, 4)
    ]
    assert outcomes == ["counted", "dropped; reason=too_old"]


async def test_a_day_that_has_not_begun(service: Harness) -> None:
    answer = await post(service, summary(today(service) + dt.timedelta(days=1)))
    assert (answer.status_code, answer.headers["x-telemetry"]) == (400, "dropped; reason=invalid")
    assert answer.json() == {"error": f"day is in the future; today is {today(service)} (UTC)."}
    assert await refusals(service) == {"r:invalid": 1}


async def test_what_does_not_fit_is_a_sentence_and_counted_as_refused(service: Harness) -> None:
    answer = await post(service, summary(today(service), event("a/b")))
    assert (answer.status_code, answer.headers["x-telemetry"]) == (400, "dropped; reason=invalid")
    assert answer.json()["error"].startswith("events[0].name may only hold")
    assert await refusals(service) == {"r:invalid": 1}


async def test_the_longest_body_and_one_byte_more(service: Harness) -> None:
    body = encoded(summary(today(service)))
    assert (await post(service, body.ljust(65_536))).headers["x-telemetry"] == "counted"
    answer = await post(service, body.ljust(65_537))
    assert (answer.status_code, answer.headers["x-telemetry"]) == (413, "dropped; reason=too_large")
    assert answer.json() == {"error": "The body is longer than 65536 bytes."}


@pytest.mark.parametrize("change", [{"owner": "nobody"}, {"app_name": "nothing"}, {"app_name": "bad/name"}])
async def test_the_unknown_is_dropped_and_makes_no_key(service: Harness, change: dict[str, str]) -> None:
    before = await all_keys(service)
    answer = await post(service, summary(today(service), **change))
    assert answer.headers["x-telemetry"].startswith("dropped; reason=")
    await service.service.committer.drain(1)
    assert await all_keys(service) == before


async def test_telemetry_off_takes_nothing(silent: Harness) -> None:
    before = await all_keys(silent)
    answer = await post(silent, summary(today(silent)))
    assert (answer.status_code, answer.headers["x-telemetry"]) == (403, "dropped; reason=disabled")
    assert "ENABLE_TELEMETRY" in answer.json()["error"]
    await silent.service.committer.drain(1)
    assert await all_keys(silent) == before


async def test_pages_of_other_origins_may_post(service: Harness) -> None:
    asked = await service.http.options(PATH, headers={"Origin": "https://e.org"})
    assert asked.status_code == 204
    assert "X-Device-ID" in asked.headers["access-control-allow-headers"]
    assert "POST" in asked.headers["access-control-allow-methods"]
    answer = await post(service, summary(today(service)), Origin="https://e.org")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "X-Telemetry" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    plain = await post(service, summary(today(service)))
    assert "access-control-allow-origin" not in plain.headers


DECLARED = """
app = "acme/editor"
[events.opened]
description = "A document was opened."
[events.opened.properties.kind]
description = "What kind of document."
values = ["pdf", "odt"]
"""


@pytest.fixture
async def declaring(service: Harness) -> Harness:
    await service.declare("editor", DECLARED)
    return service


async def test_what_is_declared_is_counted(declaring: Harness) -> None:
    answer = await post(
        declaring, summary(today(declaring), event("opened", 2, kind={"pdf": 1, "(other)": 1}))
    )
    assert answer.headers["x-telemetry"] == "counted"
    assert await refusals(declaring) == {}


async def test_what_is_not_declared_is_left_out_and_said(declaring: Harness) -> None:
    body = summary(
        today(declaring), event("opened", 2, kind={"pdf": 1, "exe": 1}, path={"x": 1}), event("spied", 9)
    )
    for _ in range(2):
        answer = await post(declaring, body)
        assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "counted; reason=undeclared")
        assert answer.headers["x-telemetry-error"] == (
            "Not declared, so not counted: exe as kind of opened, path of opened, the event spied."
        )
    kept = await counts(declaring)
    assert (kept["all"], kept["e:opened"], kept["pv:opened,kind,pdf"]) == (2, 2, 1)
    assert not [field for field in kept if "spied" in field or "exe" in field or "path" in field]
    assert await refusals(declaring) == {"r:undeclared": 1}


async def test_nothing_of_it_is_declared(declaring: Harness) -> None:
    body = summary(today(declaring), *(event(f"spied{n}") for n in range(7)))
    answer = await post(declaring, body)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "dropped; reason=undeclared")
    assert answer.headers["x-telemetry-error"].endswith("the event spied4 and 2 more.")
    assert await counts(declaring) == {}
    assert await refusals(declaring) == {"r:undeclared": 1}


async def test_a_declaration_can_be_taken_back(declaring: Harness) -> None:
    await declaring.service.registry.declare("acme", "editor", None)
    await declaring.service.refresh()
    assert (await post(declaring, summary(today(declaring), event("spied")))).headers[
        "x-telemetry"
    ] == "counted"


async def test_clients_at_once_lose_nothing(service: Harness) -> None:
    bodies = [summary(today(service), event("opened", 2)) for _ in range(50)]
    answers = await asyncio.gather(*(post(service, body) for body in bodies * 3))
    assert {answer.headers["x-telemetry"] for answer in answers} == {"counted"}
    assert (await counts(service))["e:opened"] == 100


async def test_a_store_that_takes_no_writes_says_so_and_the_client_comes_again(service: Harness) -> None:
    key = service.service.keys.admin("acme").events(today(service), "editor")
    await service.service.client.set(key, "theirs")
    body = summary(today(service))
    assert (await post(service, body)).headers["x-telemetry"] == "dropped; reason=store_unavailable"
    await service.service.client.delete(key)
    assert (await post(service, body)).headers["x-telemetry"] == "counted"
    assert await refusals(service) == {"r:store_unavailable": 1}


async def test_a_service_that_never_reached_its_store_calls_no_app_unknown() -> None:
    """Else the client would forget what it has."""
    settings = Settings(enable_telemetry=True, secret_key="0123456789abcdef", commit_budget_ms=50)
    service = Service(settings, open_client("unix:///nowhere/store.sock"))
    await service.start()
    transport = httpx.ASGITransport(build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
        body = encoded(summary(service.clock.today()))
        answer = await http.post(PATH, content=body, headers=DEVICE)
    await service.stop()
    assert answer.headers["x-telemetry"] == "dropped; reason=store_unavailable"


async def test_a_store_that_went_away_is_pending(client: Client, keys: Keys) -> None:
    settings = Settings(enable_telemetry=True, key_prefix=keys.prefix, commit_budget_ms=100)
    service = Service(settings, client)
    await service.registry.create_admin("acme")
    await service.registry.create_app("acme", "editor")
    await service.refresh()
    service.client = open_client("unix:///nowhere/store.sock")
    transport = httpx.ASGITransport(build_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
        body = encoded(summary(service.clock.today()))
        answer = await http.post(PATH, content=body, headers=DEVICE)
    await service.client.aclose()
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "pending")
