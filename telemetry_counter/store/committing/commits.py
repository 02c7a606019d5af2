"""Sends a batch to the store: one script call, which is either done whole or not at all."""

import secrets
from typing import cast

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import DataError, NoScriptError, ReadOnlyError, ResponseError

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.calls import script
from telemetry_counter.store.committing.scripts import (
    Argument,
    CommitCall,
    CommitRefused,
    Limits,
    Unwritten,
    read_reply,
)
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import Keys


class Commits:
    """One writer: its batches carry rising numbers, so that each is applied once."""

    def __init__(
        self, client: Client, keys: Keys, limits: Limits, clock: UtcDay, writer_id: str | None = None
    ) -> None:
        self._client = client
        self._call = CommitCall(keys, limits, writer_id or secrets.token_hex(8))
        self._clock = clock
        self._script, self._sha = script("commit")
        self._idle: list[AbstractConnection] = []

    async def send(self, batch: Batch) -> list[Unwritten]:
        """Raises StoreUnavailable if it may be sent again, CommitRefused if that would not help."""
        arguments = self._call.arguments(batch, closed=batch.day != self._clock.today())
        try:
            with store_errors():
                return read_reply(await self._run(arguments))
        except StoreUnavailable:
            raise
        except (ResponseError, DataError) as error:
            raise CommitRefused(f"the store refuses the batch ({error})") from error
        except Exception as error:  # a client whose connection breaks fails in many ways, uvloop's too
            raise StoreUnavailable(f"the store's answer was lost ({error!r})") from error

    async def _run(self, arguments: list[Argument]) -> list[bytes]:
        """On a connection of its own: the client's way to one costs more than the rest of a small commit."""
        connection = self._idle.pop() if self._idle else await self._new_connection()
        try:
            reply = await self._ask(connection, arguments)
        except ResponseError as error:
            # A new primary may answer at the same address by now, but not on the old connection.
            await self._put_back(connection, usable=not isinstance(error, ReadOnlyError))
            raise
        except BaseException:
            await self._put_back(connection, usable=False)
            raise
        await self._put_back(connection, usable=True)
        return reply

    async def _new_connection(self) -> AbstractConnection:
        return await self._client.connection_pool.get_connection()  # type: ignore[no-untyped-call, no-any-return]

    async def _ask(self, connection: AbstractConnection, arguments: list[Argument]) -> list[bytes]:
        try:
            await connection.send_command("EVALSHA", self._sha, 1, *arguments)
            reply = await connection.read_response()
        except NoScriptError:
            await connection.send_command("EVAL", self._script, 1, *arguments)
            reply = await connection.read_response()
        return cast(list[bytes], reply)

    async def _put_back(self, connection: AbstractConnection, *, usable: bool) -> None:
        if usable:
            self._idle.append(connection)
        else:
            await connection.disconnect(nowait=True)
            await self._client.connection_pool.release(connection)
