"""What the store says of itself: for whoever runs it, not for the figures."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from telemetry_counter.store.connect import Client, ResponseError, store_errors
from telemetry_counter.store.server_facts import ServerFacts, look_at_servers

PINGS = 5
UNKNOWN = None


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server's. What it does not tell is '' or 0; `is_append_only` and `snapshots` are None then."""

    where: str
    name: str
    is_too_old: bool
    role: str
    used_bytes: int
    max_bytes: int
    policy: str
    is_append_only: bool | None
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
        servers = tuple(_server(facts, saves) for facts in await look_at_servers(client))
    return StoreState(servers, latency, skew)


async def _latency(client: Client) -> float:
    took = []
    for _ in range(PINGS):
        begun = time.perf_counter()
        await client.ping()
        took.append(time.perf_counter() - begun)
    return median(took)


async def _snapshots(client: Client) -> bool | None:
    """Whether the server is set to write snapshots."""
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


def _server(facts: ServerFacts, snapshots: bool | None) -> ServerState:
    said = facts.info
    statuses = ("aof_last_write_status", "rdb_last_bgsave_status")
    return ServerState(
        where=facts.where,
        name=facts.name,
        is_too_old=facts.is_too_old,
        role=str(said.get("role", "")),
        used_bytes=int(said.get("used_memory", 0)),
        max_bytes=int(said.get("maxmemory", 0)),
        policy=str(said.get("maxmemory_policy", "")),
        is_append_only=bool(int(said["aof_enabled"])) if "aof_enabled" in said else UNKNOWN,
        snapshots=snapshots,
        write_failures=tuple(status for status in statuses if said.get(status, "ok") != "ok"),
    )
