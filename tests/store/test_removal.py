"""A deleted app or admin leaves no key behind; the others stay as they are."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from events.bodies import encoded, event, summary
from harness import Harness, harness

from telemetry_counter.errors import NoSuchAdmin, NotFound
from telemetry_counter.reporting.history import DayRecord, Record
from telemetry_counter.store import removal
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys, day_stamp
from telemetry_counter.store.removal import Removal

pytestmark = pytest.mark.anyio

READER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Accept-Language": "de",
}


@pytest.fixture
async def counted(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    """Two apps with everything that can be counted."""
    async with harness(client, keys, enable_telemetry=True) as running:
        for app in ("editor", "player"):
            await running.publish(app, "1.0")
            await count_everything(running, app)
        yield running


async def count_everything(of: Harness, app: str) -> None:
    check = {"owner": "acme", "app_name": app, "version": "1.0", "channel": "beta", "platform": "linux"}
    events = summary(today(of), event("opened"), app_name=app)
    answers = [
        await of.http.get("/checkVersion", params=check, headers={"X-Device-ID": "one"}),
        await of.http.get("/checkVersion", params=check),
        await of.http.get(
            "/api/telemetry/pixel", params={"owner": "acme", "site": app, "path": "/"}, headers=READER
        ),
        await of.http.post("/telemetry/events", content=encoded(events)),
    ]
    said = [answer.headers["x-telemetry"] for answer in answers]
    assert said == ["counted", "dropped; reason=no_device", "counted", "counted"]


async def report(of: Harness, query: str = "") -> httpx.Response:
    return await of.http.get(f"/telemetry{query}", headers=of.bearer)


def remover(of: Harness) -> Removal:
    return Removal(of.service.client, of.service.keys, of.service.registry, 30)


def today(of: Harness) -> dt.date:
    return of.service.clock.today()


async def held(of: Harness) -> list[str]:
    """Every key of the service, with its fields and members where it is one that lists."""
    client, found = of.service.client, []
    async for key in client.scan_iter(f"{of.service.keys.prefix}*"):
        kind = await client.type(key)
        inside = await client.hgetall(key) if kind == b"hash" else {}
        found += [key.decode()] + [f"{key.decode()} {name.decode()}" for name in inside]  # type: ignore[union-attr]
    return found


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "STILL_COUNTING_SECONDS", 0.05)


async def test_of_a_deleted_app_nothing_is_left(counted: Harness) -> None:
    await report(counted, "?range=week")
    before = await held(counted)
    assert len([key for key in before if "editor" in key]) > 25
    await remover(counted).delete_app("acme", "editor", today(counted), by="acme")
    await counted.service.refresh()
    after = await held(counted)
    assert [key for key in after if "editor" in key] == []
    assert {key for key in before if "player" in key} == {key for key in after if "player" in key}
    assert await counted.service.client.zcard(counted.service.keys.admin("acme").rolls) == 0
    answer = (await report(counted)).json()
    assert (answer["summary"]["total_requests"], answer["summary"]["unique_clients"]) == (1, 1)
    assert (await report(counted, "?apps=editor")).status_code == 404
    assert [one.app for one in await counted.service.registry.releases("acme")] == ["player"]
    assert (await counted.service.registry.log("acme"))[0].sentence.startswith("deleted the app editor")


async def test_what_came_in_until_services_knew_goes_too(
    counted: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "STILL_COUNTING_SECONDS", 0.3)
    deletion = asyncio.create_task(remover(counted).delete_app("acme", "editor", today(counted)))
    while "editor" in await counted.service.registry.apps("acme"):
        await asyncio.sleep(0.005)
    await count_everything(counted, "editor")  # this service has not seen it yet
    await deletion
    assert [key for key in await held(counted) if "editor" in key] == []


async def test_history_is_counted_anew_or_keeps_its_sum(counted: Harness) -> None:
    own = counted.service.keys.admin("acme")
    both = DayRecord(every=Record(requests=3), apps={"editor": Record(1), "player": Record(2)})
    alone = DayRecord(every=Record(requests=1), apps={"editor": Record(1)})
    other = DayRecord(every=Record(requests=2), apps={"player": Record(2)})
    days = {31: both, 30: both, 100: alone, 20: other}
    for days_ago, record in days.items():
        stamp = day_stamp(today(counted) - dt.timedelta(days=days_ago))
        await counted.service.client.hset(own.history, stamp, orjson.dumps(plain(record)))
    await remover(counted).delete_app("acme", "editor", today(counted))
    records = await counted.service.client.hgetall(own.history)
    left = {
        (today(counted) - dt.datetime.strptime(stamp.decode(), "%Y%m%d").date()).days: orjson.loads(content)  # type: ignore[union-attr]
        for stamp, content in records.items()
    }
    assert left == {
        31: {"every": {"requests": 3}, "apps": {"player": {"requests": 2}}},
        100: {},
        20: {"every": {"requests": 2}, "apps": {"player": {"requests": 2}}},
    }


def plain(record: DayRecord) -> object:
    apps = {name: {"requests": of_app.requests} for name, of_app in record.apps.items()}
    return {"every": {"requests": record.every.requests}, "apps": apps}


async def test_of_a_deleted_admin_nothing_is_left(counted: Harness) -> None:
    registry = counted.service.registry
    await registry.create_admin("other")
    await registry.create_app("other", "editor")
    await report(counted, "?range=week")
    await counted.service.client.set(counted.service.keys.admin("acme").arrival, "{}")
    await remover(counted).delete_admin("acme", today(counted))
    await counted.service.refresh()
    left = [key for key in await held(counted) if "acme" in key]
    assert [key for key in left if ":writer:" not in key] == []
    assert all([await counted.service.client.ttl(key) > 0 for key in left])
    assert await registry.admins() == ["other"]
    assert await registry.apps("other") == ["editor"]
    assert (await report(counted)).status_code == 401


async def test_of_an_admin_that_is_not_listed_nothing_is_left(counted: Harness) -> None:
    client, keys = counted.service.client, counted.service.keys
    own = keys.admin("acme")
    await client.unlink(keys.admins, own.apps, own.releases, own.tokens, own.team, own.log)
    assert await remover(counted).leaves_something("acme", today(counted))
    assert not await remover(counted).leaves_something("nobody", today(counted))
    await remover(counted).delete_unlisted("acme", today(counted))
    assert [key for key in await held(counted) if "acme" in key and ":writer:" not in key] == []
    assert not await remover(counted).leaves_something("acme", today(counted))


async def test_what_does_not_exist_is_not_found(counted: Harness) -> None:
    with pytest.raises(NotFound):
        await remover(counted).delete_app("acme", "unknown", today(counted))
    with pytest.raises(NoSuchAdmin):
        await remover(counted).delete_admin("nobody", today(counted))
