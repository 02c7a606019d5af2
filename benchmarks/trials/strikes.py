"""What is done to the service and its store in the middle of load. Each returns what it saw go wrong."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from time import monotonic, sleep

from redis import Redis, RedisError

from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.store.keys import Keys

from .ledger import OWNER
from .service import is_running
from .world import World

Strike = Callable[[World, float], Awaitable[list[str]]]
EXIT_SECONDS = 10.0
RESTART_SECONDS = 3.0
REPLACED_SECONDS = 15.0
LOADED_KEYS = 5_000


async def kill_worker(world: World, seconds: float) -> list[str]:
    """Another one has to come, which on a busy machine takes its time."""
    victim = world.service.workers()[0]
    os.kill(victim, signal.SIGKILL)
    await asyncio.sleep(seconds)
    deadline = monotonic() + REPLACED_SECONDS
    while len(workers := world.service.workers()) != 2 or victim in workers:
        if monotonic() > deadline:
            return [f"{REPLACED_SECONDS:.0f} s after the kill {len(workers)} workers run"]
        await asyncio.sleep(0.1)
    return []


async def kill_service(world: World, seconds: float) -> list[str]:
    """Only its first process is killed; the same port and directory serve again at once."""
    family = [*world.service.workers(), world.service.store()]
    await asyncio.to_thread(world.service.kill)
    begun = monotonic()
    await asyncio.to_thread(world.service.start)
    took = monotonic() - begun
    await asyncio.sleep(seconds)
    wrong = [f"process {pid} outlived the service" for pid in family if is_running(pid)]
    return wrong + ([f"the start took {took:.1f} s"] if took > RESTART_SECONDS else [])


async def kill_embedded_store(world: World, seconds: float) -> list[str]:
    os.kill(world.service.store(), signal.SIGKILL)
    await asyncio.sleep(seconds)
    return []


async def kill_store(world: World, seconds: float) -> list[str]:
    await asyncio.to_thread(world.store.kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(world.store.start)
    return []


async def freeze_store(world: World, seconds: float) -> list[str]:
    world.store.freeze()
    await asyncio.sleep(seconds)
    world.store.thaw()
    return []


async def swallow_replies(world: World, seconds: float) -> list[str]:
    before, world.proxy.swallows = world.proxy.swallowed, True
    await asyncio.sleep(seconds)
    world.proxy.swallows = False
    return [] if world.proxy.swallowed > before else ["no reply was swallowed"]


async def swallow_now_and_then(world: World, seconds: float) -> list[str]:
    """So that most retries are of batches that were committed."""
    before, begun = world.proxy.swallowed, monotonic()
    while monotonic() < begun + seconds:
        await swallow_replies(world, 0.1)
        await asyncio.sleep(0.3)
    return [] if world.proxy.swallowed > before else ["no reply was swallowed"]


async def read_only(world: World, seconds: float) -> list[str]:
    """As a primary that has become a replica answers."""
    with world.store.client() as client:
        client.replicaof("127.0.0.1", "1")
        await asyncio.sleep(seconds)
        client.replicaof("NO", "ONE")
    return []


async def out_of_memory(world: World, seconds: float) -> list[str]:
    with world.store.client() as client:
        client.config_set("maxmemory", 1)
        await asyncio.sleep(seconds)
        client.config_set("maxmemory", 0)
    return []


async def loading(world: World, seconds: float) -> list[str]:
    """The server reads its log again, slowly."""
    with world.store.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(LOADED_KEYS):
            pipeline.set(f"other:{number}", number)
        await asyncio.to_thread(rewrite_log, client)
        pipeline.execute()
        client.config_set("key-load-delay", round(seconds * 1e6 / LOADED_KEYS / 4))
        await asyncio.to_thread(client.execute_command, "DEBUG", "LOADAOF")
        client.config_set("key-load-delay", 0)
        client.delete(*(f"other:{number}" for number in range(LOADED_KEYS)))
    return []


def rewrite_log(client: "Redis") -> None:
    """Leaves nothing else to be read than the keys that are there."""
    client.bgrewriteaof()
    while client.info("persistence")["aof_rewrite_in_progress"]:
        sleep(0.02)


async def busy(world: World, seconds: float) -> list[str]:
    """Somebody's script does not end."""
    with world.store.client() as client, world.store.client() as killer:
        client.config_set("lua-time-limit", 50)
        script = asyncio.to_thread(run_until_killed, client)
        task = asyncio.create_task(script)
        await asyncio.sleep(seconds)
        killer.script_kill()
        await task
    return []


def run_until_killed(client: "Redis") -> None:
    try:
        client.eval("while true do end", 0)
    except RedisError:
        return


async def forget_scripts(world: World, seconds: float) -> list[str]:
    with world.store.client() as client:
        begun = monotonic()
        while monotonic() < begun + seconds:
            client.script_flush()
            await asyncio.sleep(0.02)
    return []


async def spoil_cell(world: World, seconds: float) -> list[str]:
    keys = Keys().admin(OWNER)
    cell = "x:stable,linux,amd64,1.3,"
    return await spoil(world, keys.sketch(UtcDay().today(), world.app, cell), seconds)


async def spoil_values(world: World, seconds: float) -> list[str]:
    keys = Keys().admin(OWNER)
    return await spoil(world, keys.sketch(UtcDay().today(), world.app, "v:1.3"), seconds)


async def spoil_active_apps(world: World, seconds: float) -> list[str]:
    return await spoil(world, Keys().admin(OWNER).active_apps(UtcDay().today()), seconds)


async def spoil(world: World, key: str, seconds: float) -> list[str]:
    """A key holds something else for a while, then is as it was."""
    with world.store.client() as client:
        client.rename(key, f"{{{OWNER}}}kept")
        client.set(key, "not ours")
        await asyncio.sleep(seconds)
        client.rename(f"{{{OWNER}}}kept", key)
    return []


async def spoil_app(world: World, seconds: float) -> list[str]:
    return await spoil(world, Keys().admin(OWNER).cells(UtcDay().today(), world.app), seconds)


async def terminate(world: World, seconds: float) -> list[str]:
    return exit_of(*await asyncio.to_thread(world.service.stop))


async def terminate_without_store(world: World, seconds: float) -> list[str]:
    world.store.freeze()
    await asyncio.sleep(seconds)
    wrong = exit_of(*await asyncio.to_thread(world.service.stop))
    world.store.thaw()
    return wrong


def exit_of(status: int, took: float) -> list[str]:
    wrong = [f"the exit status is {status}"] if status else []
    return wrong + ([f"the exit took {took:.1f} s"] if took > EXIT_SECONDS else [])
