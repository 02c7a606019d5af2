"""The ways to the server that commits: connections that stay open, each for one script call at a time.

The client's own way to a connection costs more than the rest of a small commit.
"""

from typing import Any, Protocol, cast

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ClusterDownError, MovedError, ReadOnlyError, ResponseError

from telemetry_counter.store.connect import Client


class Lines(Protocol):
    is_cluster: bool

    def idle(self) -> AbstractConnection | None:
        """One that is open and leads to the only server there is; a coroutine less than take()."""
        ...

    async def take(self, key: str) -> AbstractConnection:
        """To the server that has the key."""
        ...

    async def put_back(self, connection: AbstractConnection, error: BaseException | None) -> None:
        """`error` is what came of it, None if all was well."""
        ...

    async def follow(self, moved: MovedError) -> None:
        """The key is elsewhere by now."""
        ...


def lines_of(client: Client) -> Lines:
    cluster: Any = client
    return ClusterLines(cluster) if isinstance(cluster, RedisCluster) else ServerLines(client)


class ServerLines:
    """To one server, or to the one that sentinels name when a connection is opened."""

    is_cluster = False

    def __init__(self, client: Client) -> None:
        self._pool = client.connection_pool
        self._idle: list[AbstractConnection] = []

    def idle(self) -> AbstractConnection | None:
        return self._idle.pop() if self._idle else None

    async def take(self, key: str) -> AbstractConnection:
        return await self._pool.get_connection()  # type: ignore[no-untyped-call, no-any-return]

    async def put_back(self, connection: AbstractConnection, error: BaseException | None) -> None:
        if error is None or is_harmless(error):
            self._idle.append(connection)
        else:
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)

    async def follow(self, moved: MovedError) -> None:
        raise moved


class ClusterLines:
    """To the primary that has the admin's slot. The nodes keep their connections, also those in use here."""

    is_cluster = True

    def __init__(self, cluster: RedisCluster) -> None:
        self._cluster = cluster
        self._nodes: dict[AbstractConnection, ClusterNode] = {}
        self._failed = ""
        """The node that failed last, until the others were asked who has its slots."""

    def idle(self) -> AbstractConnection | None:
        return None

    async def take(self, key: str) -> AbstractConnection:
        await self._cluster.initialize()
        if self._failed:
            await self._cluster.nodes_manager.initialize(last_failed_node_name=self._failed)
            self._failed = ""
        node = self._cluster.nodes_manager.get_node_from_slot(self._cluster.keyslot(key))
        connection = node.acquire_connection()
        self._nodes[connection] = node
        if connection.should_reconnect():  # type: ignore[no-untyped-call]
            await connection.disconnect()
        return connection

    async def put_back(self, connection: AbstractConnection, error: BaseException | None) -> None:
        node = self._nodes.pop(connection)
        if error is not None and not is_harmless(error):
            self._failed = node.name
            await connection.disconnect(nowait=True)
        node.release(cast(Any, connection))

    async def follow(self, moved: MovedError) -> None:
        if moved.host:
            await self._cluster.nodes_manager.move_slot(moved)
        else:  # "where you have asked", says a node that does not know its own name
            await self._cluster.nodes_manager.initialize()


def is_harmless(error: BaseException) -> bool:
    """Whether the connection is as good as before. A new primary may answer at the same address by now, but
    not on the old connection."""
    return isinstance(error, ResponseError) and not isinstance(error, ReadOnlyError | ClusterDownError)
