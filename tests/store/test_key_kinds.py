"""Which keys hold something else than ours; and that what we write ourselves is never among them."""

import datetime as dt

import pytest
from events.bodies import encoded, event, summary
from harness import OWNER, harness

from telemetry_counter.store.connect import Client
from telemetry_counter.store.key_kinds import MOST, foreign_kinds
from telemetry_counter.store.keys import Keys

TODAY = dt.datetime.now(dt.UTC).date()
CHECK = f"/checkVersion?owner={OWNER}&app_name=editor&version=1.0&channel=stable&platform=linux"


@pytest.mark.anyio
async def test_what_we_write_is_ours(client: Client, keys: Keys, store_url: str) -> None:
    if not store_url:
        pytest.skip("the fake store keeps sketches as sets")
    async with harness(client, keys, enable_telemetry=True) as app:
        await app.http.get(CHECK, headers={"X-Device-ID": "one"})
        await app.http.get(CHECK)
        await app.http.get(
            f"/api/telemetry/pixel?owner={OWNER}&site=editor&path=/", headers={"User-Agent": "Firefox"}
        )
        body = summary(TODAY, event("opened"), owner=OWNER, app_name="editor")
        assert (await app.http.post("/telemetry/events", content=encoded(body))).status_code < 300
        headers = {"Authorization": f"Bearer {app.token}"}
        await app.http.post("/releases", json={"app_name": "editor", "version": "1.0"}, headers=headers)
        await app.http.get("/telemetry?range=month", headers=headers)
    assert await foreign_kinds(client, keys, [TODAY]) == []


@pytest.mark.anyio
async def test_what_is_not_is_named(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True):
        pass
    of = keys.admin(OWNER)
    for key in (of.releases, of.cells(TODAY, "player")):
        await client.delete(key)
        await client.lpush(key, "of somebody else's")
    await client.set(of.pages(TODAY - dt.timedelta(days=1), "player"), "x")
    assert await foreign_kinds(client, keys, [TODAY]) == [
        (of.releases, "list"),
        (of.cells(TODAY, "player"), "list"),
    ]
    await client.delete(of.apps)
    await client.set(of.apps, "x")
    assert await foreign_kinds(client, keys, [TODAY]) == [(of.apps, "string"), (of.releases, "list")]


@pytest.mark.anyio
async def test_only_some_are_named(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True):
        pass
    days = [TODAY - dt.timedelta(days=back) for back in range(2 * MOST)]
    for day in days:
        await client.set(keys.admin(OWNER).counters(day, "editor"), "x")
    assert len(await foreign_kinds(client, keys, days)) == MOST
