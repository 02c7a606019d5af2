"""Sends a batch to the store: one script call, which is either done whole or not at all."""

import logging
import secrets

from redis.exceptions import DataError, ResponseError

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.committing.script_calls import NO_REPLICAS, Replicas, ScriptCalls
from telemetry_counter.store.committing.scripts import (
    CommitCall,
    CommitRefused,
    Limits,
    Unwritten,
    read_reply,
)
from telemetry_counter.store.complaints import Complaint
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import Keys

log = logging.getLogger("telemetry_counter.commits")


class Commits:
    """One writer: its batches carry rising numbers, so that each is applied once.

    Where replicas were asked for and too few have a batch, it is counted all the same; but that takes so long
    that its hits have been answered as pending by then. See docs/decisions/cluster.md.
    """

    def __init__(
        self,
        client: Client,
        keys: Keys,
        limits: Limits,
        clock: UtcDay,
        writer_id: str | None = None,
        replicas: Replicas = NO_REPLICAS,
    ) -> None:
        self._call = CommitCall(keys, limits, writer_id or secrets.token_hex(8))
        self._clock = clock
        self._script = ScriptCalls(client, "commit", replicas)
        self._unkept = Complaint(
            log,
            "Too few replicas have what is counted; hits are answered as pending. STORE_REPLICAS: %(why)s",
        )
        self._wanted = replicas.number

    async def send(self, batch: Batch) -> list[Unwritten]:
        """Raises StoreUnavailable if it may be sent again, CommitRefused if that would not help."""
        arguments = self._call.arguments(batch, closed=batch.day != self._clock.today())
        try:
            with store_errors():
                words, is_kept = await self._script.call(1, arguments)
        except StoreUnavailable:
            raise
        except (ResponseError, DataError) as error:
            raise CommitRefused(f"the store refuses the batch ({error})") from error
        except Exception as error:  # a client whose connection breaks fails in many ways, uvloop's too
            raise StoreUnavailable(f"the store's answer was lost ({error!r})") from error
        if not is_kept:
            self._unkept.say(0, self._wanted)
        return read_reply(words)
