"""What a service reads anew when something was changed: as little as may be."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.accounts.snapshot import App, Snapshot, TeamUser
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import ITEMS_AT_ONCE, Registry

NOON = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)


def release(app: str, version: str, published: dt.datetime = NOON, **values: Any) -> Release:
    packages = {"": f"https://e.org/{app}.zip"}
    return release_from_input(app=app, version=version, published=published, packages=packages, **values)


@pytest.mark.anyio
async def test_only_the_app_that_changed_is_made_anew(client: Client, keys: Keys) -> None:
    registry = Registry(client, keys)
    await registry.create_admin("acme")
    for app in ("editor", "player"):
        await registry.publish("acme", release(app, "1.0"))
    before = await registry.refresh(Snapshot())
    histories = {name: app.history for name, app in before.admins["acme"].apps.items()}
    assert await registry.refresh(before) is before
    await registry.publish("acme", release("editor", "1.1"))
    after = (await registry.refresh(before)).admins["acme"].apps
    assert after["player"].history is histories["player"]
    assert {one.version for one in after["editor"].releases} == {"1.0", "1.1"}
    assert after["editor"].history is not histories["editor"]
    await registry.set_public("acme", "player", public=True)
    assert (await registry.refresh(before)).admins["acme"].apps["player"].public


@pytest.mark.anyio
async def test_workers_agree_on_devices_and_visitors_also_in_a_store_that_was_emptied(
    client: Client, keys: Keys
) -> None:
    """A worker that was there before, and one that comes after: else each would count every device once."""
    settings = Settings(enable_telemetry=True, key_prefix=keys.prefix)
    stays = Service(settings, client)
    await Registry(client, keys).create_admin("acme")
    await stays.refresh()
    names = [key async for key in client.scan_iter(f"{keys.prefix}*")]
    for name in names:
        await client.delete(name)
    comes = Service(settings, client)
    await comes.refresh()
    for _ in range(2):
        await stays.refresh()
    assert stays.hasher
    assert comes.hasher
    assert stays.hasher.hash("acme", b"one") == comes.hasher.hash("acme", b"one")
    assert stays.session_key == comes.session_key
    today = stays.clock.today()
    assert stays.salts.of(today) == comes.salts.of(today)


@pytest.mark.anyio
async def test_more_apps_than_are_read_in_one_go(client: Client, keys: Keys) -> None:
    registry = Registry(client, keys)
    await registry.create_admin("acme")
    own, wanted = keys.admin("acme"), {f"app{number}" for number in range(2 * ITEMS_AT_ONCE + 1)}
    record = b'{"created":"2025-06-16T12:00:00Z"}'
    await client.hset(own.apps, mapping=dict.fromkeys(wanted, record))
    await registry.list_admin("acme")
    assert (await registry.refresh(Snapshot())).admins["acme"].apps.keys() == wanted


@pytest.mark.anyio
async def test_a_token_whose_user_left_is_none(client: Client, keys: Keys) -> None:
    registry = Registry(client, keys)
    await registry.create_admin("acme")
    left = await registry.add_team_user("acme", "mara", TeamUser())
    stays = await registry.add_team_user("acme", "noa", TeamUser())
    await client.hdel(keys.admin("acme").team, "mara")
    snapshot = await registry.refresh(Snapshot())
    assert snapshot.token(left) is None
    assert snapshot.token(stays) is not None


HOURS = st.integers(-5, 5).map(lambda hours: NOON + dt.timedelta(hours=hours))


@given(st.lists(st.tuples(HOURS, st.none() | HOURS), max_size=5), HOURS)
def test_the_next_change_is_that_of_the_history(
    moments: list[tuple[dt.datetime, dt.datetime | None]], after: dt.datetime
) -> None:
    releases = tuple(
        Release(id=str(number), app="editor", version=f"1.{number}", published=published, withdrawn=withdrawn)
        for number, (published, withdrawn) in enumerate(moments)
    )
    assert App("editor", NOON, releases).next_change(after) == ReleaseHistory(releases).next_change(after)
