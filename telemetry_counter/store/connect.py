"""Opening a client of the store, and its errors in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import hiredis
from redis.asyncio import ConnectionPool, Redis, RedisCluster, Sentinel, SSLConnection
from redis.asyncio.cluster import ClusterNode, ClusterPipeline
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterError,
    ConnectionError,
    InvalidResponse,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from telemetry_counter.errors import SettingsError, StoreRefuses, StoreUnavailable
from telemetry_counter.store.address import Address, Kind, read_address, without_password

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
"""Longer than any of our scripts takes; a store that is slower counts as away, and its batch is retried."""

PASSING = (
    AskError,
    BusyLoadingError,
    ClusterError,
    ConnectionError,
    InvalidResponse,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    TimeoutError,
    TryAgainError,
    OSError,
)
PASSING_WORDS = ("BUSY", "LOADING", "MISCONF", "NOREPLICAS", "OOM", "READONLY", "UNBLOCKED")
REFUSING = (AuthenticationError, NoPermissionError)
REFUSING_WORDS = (
    "NOAUTH",
    "DB index is out of range",
    "invalid DB index",
    "SELECT is not allowed",
    "unknown command 'SENTINEL'",
    "unknown command `SENTINEL`",
)

Client = Redis
"""A RedisCluster too, of which only what both have is used: no transactions, and no keys of several admins in
one command or pipeline."""


class OurConnection:
    """Packs commands six times as fast as the asynchronous client: a commit has hundreds of arguments."""

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        try:
            await super().send_packed_command(command, check_health)  # type: ignore[misc]
        except RuntimeError as error:
            if "closed" not in str(error):
                raise
            # uvloop has words of its own for a connection that was lost before the first byte went out.
            raise ConnectionError("Connection closed by server.") from error

    def pack_command(self, *args: Any) -> list[bytes]:
        name, *rest = args
        if isinstance(name, str) and " " in name:  # CONFIG SET is two words to the server
            args = (*name.split(), *rest)
        return [hiredis.pack_command(args)]


class SentinelRedis(Redis):
    """Closes its connections to the sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await cast(SentinelConnectionPool, self.connection_pool).sentinel_manager.aclose()


class OneSlotPipeline(ClusterPipeline):
    """Commands about one admin, which one node has; so those with several keys may be among them."""

    def pfcount(self, *sources: str) -> ClusterPipeline:  # type: ignore[override]
        return self.execute_command("PFCOUNT", *sources)

    def unlink(self, *names: str) -> ClusterPipeline:  # type: ignore[override]  # a coroutine, of theirs
        return self.execute_command("UNLINK", *names)


class Cluster(RedisCluster):
    def pipeline(self, transaction: bool | None = None, shard_hint: str | None = None) -> ClusterPipeline:
        """No transactions: this client begins a thread and a loop for each of their commands."""
        if transaction:
            raise NotImplementedError
        return OneSlotPipeline(self)  # type: ignore[abstract]


def open_client(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Client:
    """A client that connects when it is first used, never retries by itself, and answers bytes.

    Raises SettingsError if the URL cannot be read.
    """
    openers = {Kind.SERVER: _open_server, Kind.SENTINEL: _open_sentinel, Kind.CLUSTER: _open_cluster}
    try:
        address = read_address(url)
        return openers[address.kind](address, answer_seconds)
    except (RedisClusterException, TypeError, ValueError) as error:
        raise SettingsError(f"REDIS_URL cannot be read: {error}.") from error


def _open_server(address: Address, answer_seconds: float) -> Client:
    pool = ConnectionPool.from_url(address.url, **_manners(answer_seconds))
    pool.connection_class = _packing(pool.connection_class)
    pool.make_connection()  # type: ignore[no-untyped-call]  # raises TypeError for an option that there is not
    return Redis.from_pool(pool)


def _open_sentinel(address: Address, answer_seconds: float) -> Client:
    options = _options(address)
    tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        address.hosts, sentinel_kwargs=_manners(CONNECT_SECONDS) | tls | dict(address.sentinel)
    )
    is_tls = options.pop("ssl", False)
    kind = SentinelManagedSSLConnection if is_tls else SentinelManagedConnection
    given = options | _manners(answer_seconds) | {"connection_class": _packing(kind)}
    client = sentinel.master_for(address.service, redis_class=SentinelRedis, **given)
    client.connection_pool.make_connection()
    return cast(Client, client)


def _open_cluster(address: Address, answer_seconds: float) -> Client:
    nodes = [ClusterNode(host, port) for host, port in address.hosts]
    cluster = Cluster(startup_nodes=nodes, **_options(address), **_manners(answer_seconds))
    packing = _packing(cluster.connection_kwargs["connection_class"])
    cluster.connection_kwargs["connection_class"] = packing  # of the nodes that it will find
    for node in cluster.nodes_manager.startup_nodes.values():
        node.connection_class = packing
    return cast(Client, cluster)


def _manners(answer_seconds: float) -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }


def _options(address: Address) -> dict[str, Any]:
    """What the URL says of user, password, database and TLS."""
    options: dict[str, Any] = dict(parse_url(address.url))
    del options["host"]
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    return options


def _packing(kind: type) -> Any:
    return type("Connection", (OurConnection, kind), {})


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns what passes by itself, or once REDIS_URL is mended, into StoreUnavailable; other errors of the
    store stay what they are."""
    try:
        yield
    except REFUSING as error:
        raise StoreRefuses(_refusal(error)) from error
    except PASSING as error:
        raise StoreUnavailable(_sentence(error)) from error
    except ResponseError as error:
        if _words(error).removeprefix("ERR ").startswith(REFUSING_WORDS):
            raise StoreRefuses(_refusal(error)) from error
        if _words(error).startswith(PASSING_WORDS):
            raise StoreUnavailable(_sentence(error)) from error
        raise


def _words(error: ResponseError) -> str:
    """What the server said, without what a pipeline puts before it."""
    return str(error).rpartition("of pipeline caused error: ")[2].lstrip("('\"")


def _refusal(error: RedisError) -> str:
    said = server_text(error)
    return f"The store refuses us ({said}): mend REDIS_URL or its user's rights, see docs/redis.md."


def server_text(error: RedisError) -> str:
    """What the server said, without the arguments that it repeats of a command it does not know."""
    return str(error).partition(", with args beginning with")[0].rstrip(".")


def _sentence(error: BaseException) -> str:
    if isinstance(error, MovedError):
        return "The store is a cluster, or a part of it has just moved: for a cluster REDIS_URL is redis+cluster://"
    return (
        f"The store does not answer ({type(error).__name__}: {error})" if str(error) else "the store is away"
    )


__all__ = [
    "Client",
    "RedisError",
    "ResponseError",
    "open_client",
    "server_text",
    "store_errors",
    "without_password",
]
