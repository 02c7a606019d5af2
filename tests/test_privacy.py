"""A test for each sentence of PRIVACY.md: `test_` and the promise's key."""

import ast
import datetime as dt
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from client import hosts, service
from client.conftest import host, lasting, plain_environment, recorder
from events.bodies import encoded, event, summary
from harness import Harness, harness

from telemetry_counter.app import build_app
from telemetry_counter.counting.clock import expires_at
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.summary import parse_summary
from telemetry_counter.privacy.promises import PROMISES
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.routes.policy import terms
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys, day_stamp
from telemetry_counter.store.reading.history import keep_history

pytestmark = pytest.mark.anyio

TOP = Path(__file__).parent.parent
PRIVACY = (TOP / "PRIVACY.md").read_text()

DEVICE_ID = "0b1c2d3e-aaaa-4bbb-8ccc-123456789abc"
ADDRESS = "203.0.113.77"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 needle-4711"
HEADERS = {
    "X-Device-ID": DEVICE_ID,
    "User-Agent": BROWSER,
    "Referer": "https://e.org/docs?user=secret-user",
    "X-Forwarded-For": "198.51.100.23",
}
CHECK = "owner=acme&app_name=editor&version=1.0&channel=stable&platform=linux"
PAGE = (
    "owner=acme&site=editor&path=/docs%3Fuser%3Dsecret-user%26utm_source%3Dnews"
    "&referrer=https://elsewhere.example/secret-path%3Ftoken%3Dsecret-token"
)

Visit = Callable[..., Awaitable[list[httpx.Response]]]


@pytest.fixture
async def running(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    async with harness(client, keys, enable_telemetry=True) as running:
        yield running


async def visit(of: Harness, *, app: str = "editor", **headers: str) -> list[httpx.Response]:
    """One request of every kind that counts, and a wrong one of each."""
    transport = httpx.ASGITransport(build_app(of.service), client=(ADDRESS, 4711))
    day = of.service.clock.today()
    headers = HEADERS | headers
    async with httpx.AsyncClient(transport=transport, base_url="http://counter", headers=headers) as http:
        check, page = CHECK.replace("editor", app), PAGE.replace("editor", app)
        answers = [
            await http.get(f"/checkVersion?{check}"),
            await http.get(f"/telemetry/beacon?{check}&is_latest=true"),
            await http.get(f"/telemetry/beacon?{check}&is_latest=perhaps"),
            await http.get(f"/api/telemetry/pixel?{page}"),
            await http.post(f"/api/telemetry/hit?{page}"),
            await http.get(f"/telemetry/acme/{app}.gif?force=true&url=https://e.org/page"),
            await http.get(f"/telemetry/acme/{app}/badge.svg?force=true&url=https://e.org/page"),
            await http.post(
                "/telemetry/events", content=encoded(summary(day, event(kind={"pdf": 1}), app_name=app))
            ),
            await http.post("/telemetry/events", content=encoded(summary(day, event("a/b"), app_name=app))),
            await http.get("/telemetry/policy"),
        ]
    await of.service.committer.drain(2)
    return answers


async def content(client: Client, keys: Keys) -> dict[str, bytes]:
    """Every key and all that is in it."""
    found = {}
    async for key in client.scan_iter(f"{keys.prefix}*"):
        kind: Any = await client.type(key)
        reads: dict[bytes, Callable[[Any], Any]] = {
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
        }
        found[key.decode()] = repr(await reads[kind](key)).encode()
    return found


async def assert_nowhere(client: Client, keys: Keys, log: pytest.LogCaptureFixture, *needles: str) -> None:
    held = await content(client, keys)
    assert len(held) > 20
    everything = "\n".join(held).encode() + b"\n".join(held.values()) + log.text.encode()
    for needle in needles:
        assert needle.encode() not in everything, needle


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "telemetry_counter")
    return caplog


async def test_no_device_id(
    running: Harness, client: Client, keys: Keys, log: pytest.LogCaptureFixture
) -> None:
    await visit(running)
    plain, octets = DEVICE_ID.replace("-", ""), repr(bytes.fromhex(DEVICE_ID.replace("-", "")))[2:-1]
    await assert_nowhere(client, keys, log, DEVICE_ID, plain, octets)
    assert (
        await client.pfcount(running.service.keys.admin("acme").sketch(today(running), "editor", "all")) == 1
    )


async def test_no_address(
    running: Harness, client: Client, keys: Keys, log: pytest.LogCaptureFixture
) -> None:
    await visit(running)
    network = repr(bytes(map(int, ADDRESS.split(".")[:3])))[2:-1]
    await assert_nowhere(client, keys, log, ADDRESS, "203.0.113", network, "198.51.100")


async def test_no_user_agent(
    running: Harness, client: Client, keys: Keys, log: pytest.LogCaptureFixture
) -> None:
    await visit(running)
    await assert_nowhere(client, keys, log, "needle-4711", "Mozilla", "Gecko", "Firefox/")
    pages = await content(client, keys)
    assert any(b"b:Firefox" in held for held in pages.values())


async def test_no_query(running: Harness, client: Client, keys: Keys, log: pytest.LogCaptureFixture) -> None:
    await visit(running)
    await assert_nowhere(client, keys, log, "secret-user", "secret-path", "secret-token")
    held = b"".join((await content(client, keys)).values())
    assert b"p:/docs" in held
    assert b"elsewhere.example" in held
    assert b"us:news" in held


@pytest.mark.parametrize(
    "value",
    ["/home/ada/thesis.odt", "C:\\Users\\ada", "ada@example.org", "https://example.org", "ada:secret"],
)
def test_no_personal_value(value: str) -> None:
    with pytest.raises(InvalidInput):
        parse_summary(encoded(summary(dt.date(2025, 6, 16), event(kind={value: 1}))))


async def test_no_time_of_day(running: Harness, client: Client, keys: Keys) -> None:
    """Only numbers are kept beside the names, and none of them is a time."""
    await visit(running)
    of_admin, day = running.service.keys.admin("acme"), today(running)
    for key in (
        of_admin.counters(day, "editor"),
        of_admin.cells(day, "editor"),
        of_admin.events(day, "editor"),
    ):
        counts: Any = await client.hgetall(key)
        assert counts
        assert max(map(int, counts.values())) < 10


async def test_no_cookie(running: Harness) -> None:
    for answer in await visit(running):
        assert "set-cookie" not in answer.headers
    assert "set-cookie" not in (await running.http.get("/dashboard/sign-in")).headers
    signed_in = await running.http.post("/dashboard/sign-in", data={"token": running.token})
    assert "set-cookie" in signed_in.headers
    script = (await running.http.get("/hit.js")).text
    assert not re.search(r"cookie\s*=|localStorage|sessionStorage|indexedDB", script)


SENDERS = {"urllib.request", "http.client", "httpx", "requests", "aiohttp", "smtplib", "ftplib", "telnetlib"}


def test_no_third_party() -> None:
    for path in (TOP / "telemetry_counter").rglob("*.py"):
        inside = path.relative_to(TOP / "telemetry_counter")
        # The client runs in other programs; doctor is a command, and asks the operator's own service.
        if "client" in inside.parts or inside == Path("cli/doctor/of_service.py"):
            continue
        imported = set(modules_of(ast.parse(path.read_text())))
        assert not imported & SENDERS, path
        if any(name.split(".")[0] == "redis" for name in imported):
            assert inside.parts[0] == "store", path


def modules_of(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


async def test_counts_expire(running: Harness, client: Client, keys: Keys) -> None:
    await visit(running)
    day = today(running)
    stem = running.service.keys.admin("acme").day(day)
    dated = [key for key in await content(client, keys) if key.startswith(stem)]
    assert len(dated) > 20
    assert {await client.expiretime(key) for key in dated} == {expires_at(day, 30)}
    assert expires_at(day, 30) == int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()) + 31 * 86_400


async def test_sums_expire(running: Harness, client: Client, keys: Keys) -> None:
    """And what is kept until then are numbers by name, whatever the day's sketches held."""
    await visit(running)
    own, day = keys.admin("acme"), today(running)
    later = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(12), dt.UTC)
    stamps = [day_stamp(later.date() - dt.timedelta(days=ago)) for ago in (400, 401)]
    await client.hset(own.history, mapping=dict.fromkeys(stamps, "{}"))
    admin = running.service.snapshot.admins["acme"]
    assert await keep_history(client, keys, admin, Reach(later.date(), 30), 400, later) == [day]
    kept: Any = await client.hgetall(own.history)
    assert sorted(kept) == sorted([stamps[0].encode(), day_stamp(day).encode()])
    record = json.loads(kept[day_stamp(day).encode()])
    for sums in (record["every"], *record["apps"].values()):
        assert (sums["requests"], sums["unique"]) == (2, 1)
        assert all(isinstance(one, int) for of in sums.values() for one in listed(of))


def listed(sums: int | dict[str, int]) -> list[int]:
    return list(sums.values()) if isinstance(sums, dict) else [sums]


async def test_salts_expire(running: Harness, client: Client) -> None:
    left = await client.ttl(running.service.keys.salt(today(running)))
    assert 0 < left <= 48 * 3600


async def test_summaries_are_forgotten(running: Harness, client: Client, keys: Keys) -> None:
    await visit(running)
    [remembered] = [key for key in await content(client, keys) if "event-batches" in key]
    assert 10 * 86_400 <= await client.ttl(remembered) <= 20 * 86_400
    held: Any = await client.smembers(remembered)
    assert len(held) == 1


async def test_off_is_off(silent: Harness, client: Client, keys: Keys) -> None:
    before = await content(client, keys)
    check, *others = await visit(silent)
    assert check.json() == {"update_available": False, "error": "Not found"}
    assert "counted" not in {answer.headers.get("x-telemetry") for answer in others}
    assert await content(client, keys) == before


async def test_refused_id(running: Harness, client: Client) -> None:
    await visit(running, **{"X-Device-ID": "00000000-0000-0000-0000-000000000000"})
    of_admin, day = running.service.keys.admin("acme"), today(running)
    assert await client.hget(of_admin.counters(day, "editor"), "all") == b"2"
    assert await client.hget(of_admin.events(day, "editor"), "all") == b"1"
    assert await client.pfcount(of_admin.sketch(day, "editor", "all")) == 0
    assert await client.pfcount(of_admin.event_sketch(day, "editor", "all")) == 0


@pytest.mark.parametrize("wish", ["Sec-GPC", "DNT"])
async def test_refused_recognition(running: Harness, client: Client, wish: str) -> None:
    of_admin, day = running.service.keys.admin("acme"), today(running)
    await visit(running, **{wish: "1"})
    assert int(await client.hget(of_admin.pages(day, "editor"), "all") or 0) >= 2
    assert await client.pfcount(of_admin.visitors(day, "editor", "all")) == 0
    await visit(running)
    assert await client.pfcount(of_admin.visitors(day, "editor", "all")) == 1


NOES: list[tuple[dict[str, str], list[str]]] = [
    ({"DO_NOT_TRACK": "1"}, []),
    ({"EDITOR_TELEMETRY": "0"}, []),
    ({}, ["--no-telemetry"]),
]


def test_client_consent(host: hosts.Host, recorder: service.Service) -> None:
    host.run("open")
    host.now += hosts.DAY
    host.run("update")
    assert recorder.requests == []
    assert not (host.folder / "device-id").exists()
    host.run("--seen", "open")
    for environ, words in NOES:
        host.environ, host.now = environ, host.now + hosts.DAY
        host.run(*words, "open")
        host.run(*words, "update")
    host.environ = {}
    host.run("telemetry", "off")
    host.run("update")
    assert recorder.requests == []
    host.run("telemetry", "on")
    host.run("update")
    assert len(recorder.requests) == 2


def test_client_forgets(host: hosts.Host, recorder: service.Service) -> None:
    host.run("--seen", "open")
    host.run("update")
    kept = (host.folder / "device-id").read_text().strip()
    shown = host.run("telemetry", "show").out
    assert kept in shown
    assert '"name": "opened"' in shown
    host.run("telemetry", "forget")
    assert sorted(path.name for path in host.folder.iterdir() if path.name != "lock") == ["choice.json"]


async def test_only_declared(running: Harness, client: Client, keys: Keys) -> None:
    declared = 'app = "acme/editor"\n[events.saved]\ndescription = "A document was saved."\n'
    await running.declare("editor", declared)
    await visit(running)
    assert not await client.exists(running.service.keys.admin("acme").events(today(running), "editor"))
    assert await running.counters("editor") | {"r:undeclared": 1} == await running.counters("editor")


async def test_unknown_is_dropped(running: Harness, client: Client, keys: Keys) -> None:
    before = await content(client, keys)
    await visit(running, app="nothing")
    assert await content(client, keys) == before


REPORTS = ("/telemetry", "/telemetry/events", "/telemetry/web", "/releases")

PUBLIC = ("/public/acme/editor", "/public/acme/editor/stats.json", "/badge/acme/editor/devices.svg")


async def test_owners_only(running: Harness, client: Client, keys: Keys) -> None:
    await visit(running)
    other = await running.service.registry.create_admin("other")
    await running.service.refresh()
    for path in REPORTS:
        assert (await running.http.get(path)).status_code == 401
        theirs = await running.http.get(f"{path}?apps=editor", headers={"Authorization": f"Bearer {other}"})
        assert theirs.status_code == 404 or theirs.json() == {"releases": []}
    held = b"".join((await content(client, keys)).values())
    assert running.token.encode() not in held
    for path in PUBLIC:
        assert (await running.http.get(path)).status_code == 404
    await running.service.registry.set_public("acme", "editor", True)
    await running.service.refresh()
    for path in PUBLIC:
        answer = await running.http.get(path)
        assert answer.status_code == 200
        assert "linux" not in answer.text, "one device is no group"
    for path in REPORTS:
        assert (await running.http.get(path)).status_code == 401


def today(of: Harness) -> dt.date:
    return of.service.clock.today()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.key)
def test_every_promise_is_stated_kept_somewhere_and_tested(promise: Any) -> None:
    sentence = promise.sentence(terms(Settings()))
    [row] = [line for line in PRIVACY.splitlines() if line.startswith(f"| {sentence} |")]
    assert f"| `{promise.key}` |" in row
    for source in promise.sources:
        assert (TOP / source).is_file()
        assert f"({source})" in row
    assert hasattr(sys.modules[__name__], f"test_{promise.key}")


def test_nothing_else_is_promised() -> None:
    rows = [line for line in PRIVACY.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    assert len(rows) == len(PROMISES)


__all__ = ["host", "lasting", "plain_environment", "recorder"]
