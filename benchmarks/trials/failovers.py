"""Faults of a store that is several servers: the one that takes the commits is gone, another takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis import RedisError
from redis.exceptions import RedisClusterException

from telemetry_counter.store.keys import Keys

from .faults import Fault
from .ledger import OWNER
from .reckoning import Loss
from .servers import Group, Node, Watched, cluster, temporary, until, watched
from .world import World, group_world

CLUSTER, SENTINEL = "cluster", "sentinel"
MOST_TRIES = 100
AHEAD_SECONDS = 0.7
"""Less than sentinels take to give up on the replica, more than the primary waits for it."""

KEPT = {"STORE_REPLICAS": "1"}
"""Without it, what a primary acknowledged in its last milliseconds may be lost."""


def primary(world: World) -> Node:
    """The server that takes the commits."""
    group = world.group
    return group.primary() if isinstance(group, Watched) else group.primary_of(Keys().admin(OWNER).apps)


async def kill_primary(world: World, seconds: float) -> list[str]:
    """kill -9; another takes over, and later the dead one comes back as a replica of it."""
    dead = await asyncio.to_thread(primary, world)
    dead.kill()
    return await take_over(world, dead, seconds)


async def kill_ahead(world: World, seconds: float) -> list[str]:
    """kill -9 of a primary that its replica has lost, and which still counts; then the replica takes over."""
    dead = await asyncio.to_thread(primary, world)
    behind = replica_of(world.group, dead)
    behind.freeze()
    dead.ask("CLIENT", "KILL", "TYPE", "replica")
    await asyncio.sleep(AHEAD_SECONDS)
    dead.kill()
    behind.thaw()
    return await take_over(world, dead, seconds)


async def take_over(world: World, dead: Node, seconds: float) -> list[str]:
    await asyncio.to_thread(until, lambda: another_leads(world, dead))
    await asyncio.sleep(seconds)
    await asyncio.to_thread(dead.start)
    await asyncio.sleep(seconds / 2)
    return await find_again(world)


async def find_again(world: World) -> list[str]:
    """The trial's own client retries as little as the service's does."""
    for _ in range(MOST_TRIES):
        try:
            return [] if [key async for key in world.client.scan_iter(count=1000)] else ["no key is left"]
        except (RedisError, RedisClusterException):
            await asyncio.sleep(0.1)
    return ["the store does not answer"]


def another_leads(world: World, dead: Node) -> bool:
    return primary(world) is not dead and primary(world).client.info("replication")["role"] == "master"


async def hand_over(world: World, seconds: float) -> list[str]:
    """What an operator does before maintenance: the primary and its replica change places, unharmed."""
    old = await asyncio.to_thread(primary, world)
    group = world.group
    if isinstance(group, Watched):
        group.sentinels[0].ask("SENTINEL", "FAILOVER", "counter")
    else:
        replica_of(group, old).ask("CLUSTER", "FAILOVER")
    await asyncio.to_thread(until, lambda: another_leads(world, old))
    await asyncio.sleep(seconds)
    return await find_again(world)


async def move_slot(world: World, seconds: float) -> list[str]:
    """The admin's slot goes to another primary key by key, and for a while half of them are on either."""
    group, key = world.group, Keys().admin(OWNER).apps
    source = await asyncio.to_thread(primary, world)
    primaries = group.primaries()
    target = next(node for node in primaries if node is not source)
    slot = source.ask("CLUSTER", "KEYSLOT", key)
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name())
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name())
    half = source.ask("CLUSTER", "COUNTKEYSINSLOT", slot) // 2
    migrate(source, target, source.ask("CLUSTER", "GETKEYSINSLOT", slot, half))
    await asyncio.sleep(seconds)
    while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000):
        migrate(source, target, keys)
    for node in (target, source, *primaries):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.name())
    await asyncio.sleep(seconds)
    return await find_again(world)


def migrate(source: Node, target: Node, keys: list[bytes]) -> None:
    source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)


def replica_of(group: Group, node: Node) -> Node:
    return next(
        one
        for one in group.alive()
        if (found := one.client.info("replication"))["role"] == "slave" and found["master_port"] == node.port
    )


FAILOVERS = (
    Fault("kill -9 of a primary", kill_primary, 5, 1, CLUSTER, 2, environ=KEPT),
    Fault("kill -9 of the primary", kill_primary, 5, 1, SENTINEL, 2, is_unready=True, environ=KEPT),
    Fault(
        "kill -9 of a primary that is ahead",
        kill_ahead,
        5,
        1,
        SENTINEL,
        2,
        Loss.PENDING,
        is_unready=True,
        environ=KEPT,
    ),
    Fault("primary and replica change places", hand_over, 5, 1, CLUSTER, 2, environ=KEPT),
    Fault("the admin's slot moves", move_slot, 5, 1, CLUSTER, 2, environ=KEPT),
    Fault("primary and replica change places", hand_over, 5, 1, SENTINEL, 2, Loss.PENDING, environ=KEPT),
)


@asynccontextmanager
async def failover_world(fault: Fault, binary: str) -> AsyncIterator[World]:
    kind = cluster if fault.store == CLUSTER else watched
    with temporary() as directory, kind(binary, Path(directory)) as group:
        async with group_world(group, workers=fault.workers, **fault.environ) as world:
            yield world
