"""Each change is logged with it, by whom and when; nothing else is."""

import asyncio
import datetime as dt

import pytest

from telemetry_counter.accounts.audit import SENTENCES, Entry
from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.errors import NotFound
from telemetry_counter.events.declaration import Declaration
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.store.audit import ANYTHING, KEPT, NOTHING, Change, change, held, read_log
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

pytestmark = pytest.mark.anyio

NOW = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)


@pytest.fixture
def registry(client: Client, keys: Keys) -> Registry:
    return Registry(client, keys)


def release(version: str = "1.0", **values: str) -> Release:
    return release_from_input(app="editor", version=version, published=NOW, **values)  # type: ignore[arg-type]


async def test_every_change_is_logged(registry: Registry) -> None:
    token = await registry.create_admin("acme")
    await registry.create_app("acme", "editor", by="acme")
    published = await registry.publish("acme", release(channel="beta", platform="linux"), by="acme")
    await registry.withdraw("acme", published.id, by="acme")
    await registry.set_public("acme", "editor", True, by="acme")
    await registry.set_public("acme", "editor", False)
    await registry.declare("acme", "editor", Declaration(events={}))
    await registry.declare("acme", "editor", None)
    await registry.add_team_user("acme", "alice", TeamUser())
    await registry.add_team_user("acme", "alice", TeamUser(apps=frozenset({"editor"})))
    await registry.remove_team_user("acme", "alice")
    await registry.create_token("acme")
    revoked = await registry.revoke_token(token)
    await registry.unregister_app("acme", "editor", by="acme")
    entries = (await registry.log("acme"))[::-1]
    assert [(one.by, one.did) for one in entries] == [
        ("command line", "admin_created"),
        ("acme", "app_created"),
        ("acme", "release_published"),
        ("acme", "release_withdrawn"),
        ("acme", "app_made_public"),
        ("command line", "app_made_private"),
        ("command line", "events_declared"),
        ("command line", "events_undeclared"),
        ("command line", "user_added"),
        ("command line", "user_changed"),
        ("command line", "user_removed"),
        ("command line", "token_created"),
        ("command line", "token_revoked"),
        ("acme", "app_deleted"),
    ]
    assert {one.did for one in entries} == SENTENCES.keys()
    assert entries[2].sentence == "published editor 1.0 for beta linux"
    assert entries[-2].sentence == f"revoked the token {revoked.id} of acme"
    assert all(abs(dt.datetime.now(dt.UTC) - one.at) < dt.timedelta(minutes=1) for one in entries)
    assert not any(token in one.of for one in entries)


async def test_what_changes_nothing_is_not_logged(registry: Registry) -> None:
    await registry.create_admin("acme")
    published = await registry.publish("acme", release())
    await registry.withdraw("acme", published.id)
    before = await registry.log("acme")
    assert await registry.create_app("acme", "editor") is False
    await registry.withdraw("acme", published.id)
    await registry.set_public("acme", "editor", False)
    for change_nothing in (
        registry.set_public("acme", "unknown", True),
        registry.withdraw("acme", "0123"),
        registry.revoke_token("0123"),
        registry.remove_team_user("acme", "nobody"),
        registry.unregister_app("acme", "unknown"),
    ):
        with pytest.raises(NotFound):
            await change_nothing
    assert await registry.log("acme") == before


async def test_a_token_is_revoked_by_its_own_admin_alone(registry: Registry) -> None:
    await registry.create_admin("acme")
    theirs = await registry.create_admin("other")
    with pytest.raises(NotFound):
        await registry.revoke_token(theirs, of="acme", by="acme")
    assert len(await registry.tokens("other")) == 1


async def test_both_of_a_form_sent_twice_are_revoked(registry: Registry) -> None:
    await registry.create_admin("acme")
    await asyncio.gather(*(registry.create_token("acme", token_id="0badcafe") for _ in range(2)))
    assert len(await registry.tokens("acme")) == 3
    assert (await registry.revoke_token("0badcafe", of="acme")).id == "0badcafe"
    assert "0badcafe" not in {token.id for token in (await registry.tokens("acme")).values()}
    assert len(await registry.tokens("acme")) == 1


async def test_a_token_is_made_for_the_team_alone(registry: Registry) -> None:
    await registry.create_admin("acme")
    with pytest.raises(NotFound):
        await registry.create_token("acme", "alice")
    await registry.add_team_user("acme", "alice", TeamUser())
    made, removed = await asyncio.gather(
        registry.create_token("acme", "alice"),
        registry.remove_team_user("acme", "alice"),
        return_exceptions=True,
    )
    assert removed is None
    assert isinstance(made, str | NotFound)
    assert {token.user for token in (await registry.tokens("acme")).values()} == {""}


async def test_the_log_is_bounded(client: Client, keys: Keys) -> None:
    own = keys.admin("acme")
    for number in range(KEPT + 5):
        field = Change(own.apps, "editor", ANYTHING, held(b"{}"))
        assert await change(client, own, Entry(NOW, "acme", "app_created", str(number)), [field])
    entries = await read_log(client, own)
    assert (len(entries), entries[0].of, entries[-1].of) == (KEPT, str(KEPT + 4), "5")
    assert [one.of for one in await read_log(client, own, 2)] == [str(KEPT + 4), str(KEPT + 3)]


@pytest.mark.parametrize("expected", [NOTHING, held(b"else")])
async def test_nothing_happens_where_one_field_is_not_as_expected(
    client: Client, keys: Keys, expected: bytes
) -> None:
    own = keys.admin("acme")
    await client.hset(own.apps, "editor", "old")
    changes = [
        Change(own.team, "alice", NOTHING, held(b"new")),
        Change(own.apps, "editor", expected, NOTHING),
    ]
    assert not await change(client, own, Entry(NOW, "acme", "app_deleted"), changes)
    assert await client.hgetall(own.apps) == {b"editor": b"old"}
    assert await client.exists(own.team, own.log) == 0


async def test_none_of_many_changes_at_once_is_lost(registry: Registry) -> None:
    await registry.create_admin("acme")
    packages = [f"p{number}" for number in range(20)]
    await asyncio.gather(
        *(
            registry.publish(
                "acme",
                release_from_input(
                    app="editor", version="1.0", published=NOW, packages={package: "https://e.org/a"}
                ),
            )
            for package in packages
        )
    )
    [stored] = await registry.releases("acme")
    assert sorted(stored.packages) == sorted(packages)
    assert [one.did for one in await registry.log("acme")].count("release_published") == 20


def test_an_entry_of_another_edition_can_be_read() -> None:
    assert Entry(NOW, "acme", "app_painted", "{0.by} <b>").sentence == "app painted {0.by} <b>"
