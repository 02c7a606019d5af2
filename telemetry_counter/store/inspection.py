"""What the store says of itself: for whoever runs it, not for the figures."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from redis.asyncio import RedisCluster

from telemetry_counter.store.connect import Client, ResponseError, store_errors

PINGS = 5
UNKNOWN = None


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server's. `snapshots` is None where its configuration may not be read."""

    address: str
    name: str
    version: str
    role: str
    used_bytes: int
    max_bytes: int
    policy: str
    is_append_only: bool
    snapshots: bool | None
    write_failures: tuple[str, ...]
    """Which of its files it could not write the last time."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """`skew_seconds`: its clock less ours."""

    servers: tuple[ServerState, ...]
    latency_seconds: float
    skew_seconds: float


async def inspect(client: Client) -> StoreState:
    """Raises StoreUnavailable."""
    with store_errors():
        await client.ping()  # connects
        latency = await _latency(client)
        begun = time.time()
        seconds, micros = _one(await client.time())
        skew = seconds + micros / 1e6 - (begun + time.time()) / 2
        saves = await _snapshots(client)
        servers = tuple(_server(name, said, saves) for name, said in (await _info(client)).items())
    return StoreState(servers, latency, skew)


async def _latency(client: Client) -> float:
    took = []
    for _ in range(PINGS):
        begun = time.perf_counter()
        await client.ping()
        took.append(time.perf_counter() - begun)
    return median(took)


async def _info(client: Client) -> dict[str, Mapping[str, Any]]:
    """By address; '' where there is one server only."""
    if isinstance(client, RedisCluster):
        said = await client.info(target_nodes=RedisCluster.PRIMARIES)
        return {"": said} if "redis_version" in said else dict(said)
    return {"": await client.info()}


async def _snapshots(client: Client) -> bool | None:
    """Whether it is set to write any."""
    try:
        return bool(_one(await client.config_get("save")).get("save"))
    except ResponseError:  # not everybody may ask
        return UNKNOWN


def _one(reply: Any) -> Any:
    """A cluster answers for each of its servers."""
    is_of_many = (
        isinstance(reply, dict) and reply and all(isinstance(one, dict | tuple) for one in reply.values())
    )
    return next(iter(reply.values())) if is_of_many else reply


def _server(address: str, said: Mapping[str, Any], snapshots: bool | None) -> ServerState:
    failed = [
        name for name in ("aof_last_write_status", "rdb_last_bgsave_status") if said.get(name, "ok") != "ok"
    ]
    return ServerState(
        address=address,
        name="Valkey" if "valkey_version" in said else "Redis",
        version=str(said.get("valkey_version") or said.get("redis_version", "")),
        role=str(said.get("role", "")),
        used_bytes=int(said.get("used_memory", 0)),
        max_bytes=int(said.get("maxmemory", 0)),
        policy=str(said.get("maxmemory_policy", "noeviction")),
        is_append_only=bool(int(said.get("aof_enabled", 0))),
        snapshots=snapshots,
        write_failures=tuple(failed),
    )
