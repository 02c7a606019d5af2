import asyncio
import datetime as dt

import httpx
import orjson
import pytest
from harness import Harness, harness

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

DEVICE = {"X-Device-ID": "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc"}
CHECK = {"owner": "acme", "app_name": "editor", "version": "1.0", "channel": "stable", "platform": "linux"}
NIL = "00000000-0000-0000-0000-000000000000"


async def test_an_update_is_offered_and_the_check_counted(service: Harness) -> None:
    await service.publish("editor", "1.1", changelog="Faster.")
    answer = await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)
    assert answer.status_code == 200
    assert answer.headers["x-telemetry"] == "counted"
    assert answer.json() == {
        "update_available": True,
        "critical": False,
        "update_url": "https://e.org/editor-1.1.zip",
        "changelog": "Faster.",
    }
    assert await service.counters("editor") == {
        "all": 1,
        "c:stable": 1,
        "p:linux": 1,
        "v:1.0": 1,
        "#c:": 1,
        "#p:": 1,
        "#v:": 1,
    }


async def test_nothing_published_is_not_found_but_counted(service: Harness) -> None:
    answer = await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)
    assert answer.status_code == 200
    assert answer.json() == {"update_available": False, "error": "Not found"}
    assert answer.headers["x-telemetry"] == "counted"


async def test_a_beacon_is_an_empty_answer_after_the_commit(service: Harness) -> None:
    answer = await service.http.get(
        "/telemetry/beacon", params={**CHECK, "is_latest": "true"}, headers=DEVICE
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-telemetry"] == "counted"
    assert (await service.counters("editor"))["all"] == 1


@pytest.mark.parametrize("path", ["/checkVersion", "/telemetry/beacon"])
@pytest.mark.parametrize(
    ("headers", "reason"),
    [({}, "no_device"), ({"X-Device-ID": ""}, "no_device"), ({"X-Device-ID": "a" * 129}, "bad_device")],
)
async def test_without_a_usable_id_the_check_is_answered_not_counted(
    service: Harness, path: str, headers: dict[str, str], reason: str
) -> None:
    answer = await service.http.get(path, params=CHECK, headers=headers)
    assert answer.status_code == (200 if path == "/checkVersion" else 204)
    assert answer.headers["x-telemetry"] == f"dropped; reason={reason}"
    await service.service.committer.drain(1)
    assert await service.counters("editor") == {f"r:{reason}": 1}


async def test_a_user_who_refused_counts_as_a_request_only(service: Harness) -> None:
    answer = await service.http.get("/checkVersion", params=CHECK, headers={"X-Device-ID": NIL})
    assert answer.headers["x-telemetry"] == "counted"
    keys, day = service.service.keys.admin("acme"), service.service.clock.today()
    assert (await service.counters("editor"))["all"] == 1
    assert await service.service.client.pfcount(keys.sketch(day, "editor", "all")) == 0


async def test_the_staging_id_of_electron_is_a_device(http: httpx.AsyncClient) -> None:
    answer = await http.get("/checkVersion", params=CHECK, headers={"x-user-staging-id": "some-uuid"})
    assert answer.headers["x-telemetry"] == "counted"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": ""}, "version is missing or empty."),
        ({"channel": "a" * 33}, "channel is longer than 32 characters."),
        ({"platform": "a b"}, "platform may only hold"),
        ({"updater": "sparkle"}, "updater must be one of"),
    ],
)
async def test_a_bad_parameter_is_a_sentence(
    http: httpx.AsyncClient, change: dict[str, str], sentence: str
) -> None:
    answer = await http.get("/checkVersion", params=CHECK | change, headers=DEVICE)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert answer.headers["x-telemetry"] == "dropped; reason=invalid"


async def test_a_bad_beacon_is_still_empty_and_says_why_in_a_header(service: Harness) -> None:
    answer = await service.http.get(
        "/telemetry/beacon", params=CHECK | {"is_latest": "maybe"}, headers=DEVICE
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-telemetry"] == "dropped; reason=invalid"
    assert answer.headers["x-telemetry-error"] == "is_latest must be true or false."
    await service.service.committer.drain(1)
    assert await service.counters("editor") == {"r:invalid": 1}


@pytest.mark.parametrize("path", ["/checkVersion", "/telemetry/beacon"])
async def test_a_query_of_any_length_is_answered(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, params=CHECK | {"padding": "a" * 5000}, headers=DEVICE)
    assert answer.status_code == (400 if path == "/checkVersion" else 204)
    assert answer.headers["x-telemetry"] == "dropped; reason=too_large"


@pytest.mark.parametrize("change", [{"owner": "nobody"}, {"app_name": "nothing"}])
async def test_the_unknown_is_dropped_and_makes_no_key(service: Harness, change: dict[str, str]) -> None:
    client, prefix = service.service.client, service.service.keys.prefix
    before = set(await client.keys(f"{prefix}*"))
    for path in ("/checkVersion", "/telemetry/beacon"):
        answer = await service.http.get(path, params=CHECK | change, headers=DEVICE)
        assert answer.headers["x-telemetry"] == "dropped; reason=unknown_app"
    await service.service.committer.drain(1)
    assert set(await client.keys(f"{prefix}*")) == before


@pytest.mark.parametrize(
    ("updater", "status", "key"),
    [
        ("", 200, "update_url"),
        ("manual", 200, "update_url"),
        ("squirrel_darwin", 200, "url"),
        ("squirrel_windows", 302, None),
        ("electron-builder", 302, None),
        ("tauri", 200, "url"),
    ],
)
async def test_every_updater_gets_its_form(
    service: Harness, updater: str, status: int, key: str | None
) -> None:
    await service.publish("editor", "1.1")
    answer = await service.http.get("/checkVersion", params=CHECK | {"updater": updater}, headers=DEVICE)
    assert answer.status_code == status
    assert answer.headers["x-telemetry"] == "counted"
    url = answer.json()[key] if key else answer.headers["location"]
    assert url == "https://e.org/editor-1.1.zip"


@pytest.mark.parametrize(
    ("updater", "status"),
    [("squirrel_darwin", 204), ("squirrel_windows", 302), ("electron-builder", 204), ("tauri", 204)],
)
async def test_every_updater_hears_that_there_is_none(service: Harness, updater: str, status: int) -> None:
    await service.publish("editor", "1.0")
    answer = await service.http.get("/checkVersion", params=CHECK | {"updater": updater}, headers=DEVICE)
    assert answer.status_code == status
    assert answer.headers["x-telemetry"] == "counted"


async def test_a_staged_release_reaches_its_share_of_a_silent_updater(service: Harness) -> None:
    await service.publish("editor", "1.1", rollout_percent=30, rollout_seed="s")
    params = CHECK | {"updater": "tauri"}
    answers = await asyncio.gather(
        *(
            service.http.get("/checkVersion", params=params, headers={"X-Device-ID": f"d{number}"})
            for number in range(300)
        )
    )
    offered = sum(answer.status_code == 200 for answer in answers)
    assert 50 < offered < 130


async def test_a_new_release_is_answered_with_within_two_seconds(service: Harness) -> None:
    await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)
    body = orjson.dumps({"app_name": "editor", "version": "9.9", "url": "https://e.org/9.zip"})
    published = await service.http.post("/releases", content=body, headers=service.bearer)
    assert published.status_code == 201
    async with asyncio.timeout(2):
        while True:
            answer = await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)
            if answer.json()["update_available"]:
                break
            await asyncio.sleep(0.05)


async def test_a_scheduled_release_comes_out_by_itself(service: Harness) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.6)
    await service.publish("editor", "2.0", published=soon)
    assert (await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)).json() == {
        "update_available": False,
        "error": "Not found",
    }
    await asyncio.sleep(1.4)
    answer = await service.http.get("/checkVersion", params=CHECK, headers=DEVICE)
    assert answer.json()["update_available"] is True


async def test_telemetry_off_answers_and_keeps_nothing(silent: Harness) -> None:
    await silent.publish("editor", "1.1")
    answer = await silent.http.get("/checkVersion", params=CHECK, headers=DEVICE)
    assert answer.json()["update_available"] is True
    assert answer.headers["x-telemetry"] == "dropped; reason=disabled"
    for path, headers in (("/telemetry/beacon", DEVICE), ("/telemetry", silent.bearer)):
        refused = await silent.http.get(path, params=CHECK if headers is DEVICE else {}, headers=headers)
        assert refused.status_code == 403
        assert "ENABLE_TELEMETRY" in refused.json()["error"]
    await silent.service.committer.drain(1)
    assert await silent.counters("editor") == {}


async def test_pages_of_other_origins_may_ask(http: httpx.AsyncClient) -> None:
    asked = await http.options(
        "/checkVersion",
        headers={"Origin": "https://e.org", "Access-Control-Request-Headers": "x-device-id"},
    )
    assert asked.status_code == 204
    assert "X-Device-ID" in asked.headers["access-control-allow-headers"]
    answer = await http.get("/checkVersion", params=CHECK, headers={**DEVICE, "Origin": "https://e.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_head_request_counts_nothing(service: Harness) -> None:
    answer = await service.http.head("/checkVersion", params=CHECK, headers=DEVICE)
    assert answer.status_code == 200
    await service.service.committer.drain(1)
    assert await service.counters("editor") == {}


async def test_a_network_brings_no_more_devices_than_it_may(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True, max_devices_per_network=3) as limited:
        outcomes = [
            (await limited.http.get("/telemetry/beacon", params=CHECK, headers={"X-Device-ID": f"d{number}"}))
            for number in range(5)
        ]
        assert [answer.headers["x-telemetry"] for answer in outcomes] == [
            *(["counted"] * 3),
            *(["counted; reason=network_limit"] * 2),
        ]
        await limited.service.committer.drain(1)
        counters = await limited.counters("editor")
        assert (counters["all"], counters["r:network_limit"]) == (5, 2)
        sketch = keys.admin("acme").sketch(limited.service.clock.today(), "editor", "all")
        assert await client.pfcount(sketch) == 3


async def test_a_thousand_at_once_are_all_counted_once(service: Harness) -> None:
    answers = await asyncio.gather(
        *(
            service.http.get(
                "/telemetry/beacon", params=CHECK, headers={"X-Device-ID": f"device-{number % 100}"}
            )
            for number in range(1000)
        )
    )
    assert {answer.headers["x-telemetry"] for answer in answers} == {"counted"}
    assert (await service.counters("editor"))["all"] == 1000
    keys, day = service.service.keys.admin("acme"), service.service.clock.today()
    assert await service.service.client.pfcount(keys.sketch(day, "editor", "all")) in range(95, 106)
