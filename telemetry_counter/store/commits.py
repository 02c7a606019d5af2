"""Sends a batch to the store: one script call, which is either done whole or not at all."""

import secrets
from typing import cast

from redis.exceptions import DataError, NoScriptError, ReadOnlyError, ResponseError

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.scripts import (
    Argument,
    CommitCall,
    CommitRefused,
    Limits,
    Unwritten,
    commit_script,
    read_reply,
)


class Commits:
    """One writer: its batches carry rising numbers, so that each is applied once."""

    def __init__(
        self, client: Client, keys: Keys, limits: Limits, clock: UtcDay, writer_id: str | None = None
    ) -> None:
        self._client = client
        self._call = CommitCall(keys, limits, writer_id or secrets.token_hex(8))
        self._clock = clock
        self._script, self._sha = commit_script()

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
        try:
            reply = await self._client.evalsha(self._sha, 1, *arguments)
        except NoScriptError:
            reply = await self._client.eval(self._script, 1, *arguments)
        except ReadOnlyError:
            # A new primary may answer at the same address by now, but not on the old connections.
            await self._client.connection_pool.disconnect(inuse_connections=False)
            raise
        return cast(list[bytes], reply)
