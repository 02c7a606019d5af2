"""Commits that replicas are to confirm, and a slot that is half here and half there."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from events.bodies import encoded, event, summary
from trials.failovers import migrate, replica_of
from trials.servers import Group

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, build_check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.outcomes import COUNTED, PENDING
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.events.summary import parse_summary
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.event_batches import EventBatches
from telemetry_counter.store.committing.script_calls import Replicas, ScriptCalls
from telemetry_counter.store.committing.scripts import CommitCall, Limits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

CHECK = {"owner": "acme", "app_name": "editor", "version": "1.0"}
ONE, TWO = Replicas(1, 2000), Replicas(2, 100)
"""There is one replica of each primary."""


@pytest.fixture
async def client(group: Group, anyio_backend: str) -> AsyncIterator[Client]:
    client = open_client(group.url)
    yield client
    await client.aclose()


@pytest.fixture
def keys(request: pytest.FixtureRequest) -> Keys:
    return Keys(f"{request.node.name}:")


def batch(number: int) -> Batch:
    one = Batch("acme", UtcDay().today())
    one.add(Cell(build_check(CHECK)), b"devi-one")
    one.number = number
    return one


async def requests(client: Client, keys: Keys) -> int:
    found = await client.hget(keys.admin("acme").counters(UtcDay().today(), "editor"), "all")
    return int(found or 0)


async def test_a_commit_that_enough_replicas_have(client: Client, keys: Keys) -> None:
    call = CommitCall(keys, Limits(), "writer")
    for replicas, is_kept in ((ONE, True), (TWO, False)):
        script, number = ScriptCalls(client, "commit", replicas), replicas.number
        assert await script.call(1, call.arguments(batch(number), closed=False)) == ([b"done"], is_kept)
    assert await requests(client, keys) == 2


async def test_a_commit_that_was_there_is_kept_when_the_replica_has_it(
    group: Group, client: Client, keys: Keys
) -> None:
    async def commit() -> tuple[list[bytes], bool]:
        """On a connection that has written nothing yet."""
        other = open_client(group.url)
        arguments = CommitCall(keys, Limits(), "writer").arguments(batch(1), closed=False)
        try:
            return await ScriptCalls(other, "commit", Replicas(1, 150)).call(1, arguments)
        finally:
            await other.aclose()

    replica = replica_of(group, group.primary_of(keys.admin("acme").apps))
    replica.freeze()
    try:
        assert await commit() == ([b"done"], False)
        assert await commit() == ([b"again"], False)
    finally:
        replica.thaw()
    assert await commit() == ([b"again"], True)
    assert await requests(client, keys) == 1


async def test_events_that_too_few_replicas_have_are_pending(client: Client, keys: Keys) -> None:
    today = dt.datetime.now(dt.UTC).date()
    one = parse_summary(encoded(summary(today, event("opened", 3))), "")
    for replicas, outcome in ((TWO, PENDING), (ONE, COUNTED)):
        batches = EventBatches(client, keys, Limits(), UtcDay(), budget_seconds=5, replicas=replicas)
        assert await batches.commit(one, b"devi-one") == outcome
    counts = await client.hgetall(keys.admin("acme").events(today, "editor"))
    assert counts[b"all"] == b"3"


async def test_nothing_is_committed_to_half_a_slot(group: Group, client: Client, keys: Keys) -> None:
    commits = Commits(client, keys, Limits(), UtcDay(), "writer")
    await commits.send(batch(1))
    source = group.primary_of(keys.admin("acme").apps)
    target = next(node for node in group.primaries() if node is not source)
    slot = source.ask("CLUSTER", "KEYSLOT", keys.admin("acme").apps)
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name())
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name())
    for half in (b":c", b""):
        with pytest.raises(StoreUnavailable):
            await commits.send(batch(2))
        there = source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000)
        migrate(source, target, [key for key in there if key.endswith(half)])
    with pytest.raises(StoreUnavailable):
        await commits.send(batch(2))
    for node in (target, source, *group.primaries()):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.name())

    await commits.send(batch(2))
    await commits.send(batch(2))
    assert await requests(client, keys) == 2
