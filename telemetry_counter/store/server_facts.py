"""What the servers behind the store are, and whether they are new enough."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import RedisCluster
from redis.exceptions import ResponseError

from telemetry_counter.errors import SettingsError, StoreRefuses
from telemetry_counter.store.connect import Client, open_client, store_errors

NEEDED = (7, 0)
"""Redis 6.2 has all the commands, but wraps what goes wrong in a script: a full memory looks like a broken
script there. Valkey says 7.2.4 of itself."""
NEEDED_TEXT = ".".join(map(str, NEEDED))

START_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`info` is what INFO says, {} where it is refused; `where` is empty unless there are several."""

    where: str
    info: dict[str, Any]

    @property
    def name(self) -> str:
        """'Redis 7.0.15'."""
        if valkey := self.info.get("valkey_version"):
            return f"Valkey {valkey}"
        return f"Redis {self.info.get('redis_version', '(it does not say which)')}"

    @property
    def is_too_old(self) -> bool:
        return is_too_old(str(self.info.get("redis_version", "")))

    @property
    def sentence(self) -> str:
        at = f" at {self.where}" if self.where else ""
        return f"The store{at} is {self.name}; {NEEDED_TEXT} or later is needed."


def is_too_old(version: str) -> bool:
    """False also for a version that is hidden or cannot be read."""
    parts = version.split(".")[:2]
    return all(part.isdecimal() for part in parts) and tuple(map(int, parts)) < NEEDED


async def look_at_servers(client: Client) -> list[ServerFacts]:
    """The server, or every primary of a cluster. Raises StoreUnavailable."""
    cluster: Any = client
    with store_errors():
        if not isinstance(cluster, RedisCluster):
            return [ServerFacts("", await _info(client))]
        await cluster.initialize()
        nodes = cluster.get_primaries()
        return [ServerFacts(node.name, await _info(cluster, target_nodes=node)) for node in nodes]


async def _info(client: Any, **where: Any) -> dict[str, Any]:
    with suppress(ResponseError):  # of those that rent out a server, some refuse this
        return cast(dict[str, Any], await client.info(**where))
    return {}


async def expect_new_enough(client: Client) -> None:
    """Raises StoreRefuses, or StoreUnavailable."""
    for server in await look_at_servers(client):
        if server.is_too_old:
            raise StoreRefuses(server.sentence)


async def expect_at_start(url: str) -> None:
    """Raises SettingsError where the store is reached and too old; one that is away may be new enough.

    What answers and is no store fails in any way; the service starts, and says so for as long as it is so.
    """
    client = open_client(url)
    try:
        async with asyncio.timeout(START_SECONDS):
            servers = await look_at_servers(client)
    except Exception:
        return
    finally:
        await client.aclose()
    for server in servers:
        if server.is_too_old:
            raise SettingsError(f"REDIS_URL: {server.sentence}")
