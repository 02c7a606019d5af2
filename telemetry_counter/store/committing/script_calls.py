"""Calls of a script that commits: each is done whole or not at all, and may be sent again."""

from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import MovedError, NoScriptError, ResponseError

from telemetry_counter.store.calls import script
from telemetry_counter.store.committing.lines import lines_of
from telemetry_counter.store.committing.scripts import Argument
from telemetry_counter.store.connect import ANSWER_SECONDS, Client
from telemetry_counter.store.keys import keys_beside

MOST_MOVES = 4
"""Of one call, from server to server; what moves more often is tried again later."""

PROBE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many have to have a commit before it counts as kept, and how long they are waited for."""

    number: int = 0
    milliseconds: int = 1000


NO_REPLICAS = Replicas()


Reply = tuple[list[bytes], bool]
"""The script's words, and whether as many replicas as were asked for have what it wrote."""


class ScriptCalls:
    """Of one script, whose first word is 'again' if an earlier call has done it all."""

    def __init__(self, client: Client, name: str, replicas: Replicas = NO_REPLICAS) -> None:
        self._script, self._sha = script(name)
        self._lines = lines_of(client)
        self._replicas = replicas
        self._ask = self._ask_kept if replicas.number else self._ask_alone
        self._seconds = ANSWER_SECONDS + replicas.milliseconds / 1000

    async def call(self, number_of_keys: int, arguments: list[Argument], moves: int = MOST_MOVES) -> Reply:
        """`arguments` begin with the keys, all of one admin. Raises what the client raises."""
        connection = self._lines.idle() or await self._lines.take(cast(str, arguments[0]))
        if self._lines.is_cluster and moves == MOST_MOVES:
            arguments, number_of_keys = _guarded(arguments, number_of_keys), number_of_keys + 1
        try:
            try:
                reply = await self._ask(connection, "EVALSHA", self._sha, number_of_keys, arguments)
            except NoScriptError:
                reply = await self._ask(connection, "EVAL", self._script, number_of_keys, arguments)
        except BaseException as error:
            await self._lines.put_back(connection, error)
            if not isinstance(error, MovedError) or not moves:
                raise
            moved = error
        else:
            await self._lines.put_back(connection, None)
            return reply
        await self._lines.follow(moved)
        return await self.call(number_of_keys, arguments, moves - 1)

    async def _ask_alone(
        self, connection: AbstractConnection, name: str, script: str, keys: int, arguments: list[Argument]
    ) -> Reply:
        await connection.send_command(name, script, keys, *arguments)
        return await connection.read_response(), True

    async def _ask_kept(
        self, connection: AbstractConnection, name: str, script: str, keys: int, arguments: list[Argument]
    ) -> Reply:
        words, replicas = await self._ask_both(connection, name, script, keys, *arguments)
        if words[0] == b"again":
            # Valkey asks the replicas for what this connection wrote last, and now it was another that wrote.
            probe = ("SET", keys_beside(cast(str, arguments[0])).probe, "", "EX", PROBE_SECONDS)
            _, replicas = await self._ask_both(connection, *probe)
        return words, replicas >= self._replicas.number

    async def _ask_both(self, connection: AbstractConnection, *command: Argument) -> tuple[list[bytes], int]:
        """The answer, and how many replicas have what was written: one way there and back."""
        wait = ("WAIT", self._replicas.number, self._replicas.milliseconds)
        packed = [*connection.pack_command(*command), *connection.pack_command(*wait)]
        await connection.send_packed_command(packed)
        answers: list[Any] = []
        for _ in range(2):
            try:
                answers.append(await connection.read_response(timeout=self._seconds))
            except ResponseError as error:
                answers.append(error)
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise answer
        return answers[0], answers[1]


def _guarded(arguments: list[Argument], number_of_keys: int) -> list[Argument]:
    """With one key more, which is never there. The script writes to keys that it does not name, and while the
    cluster moves their slot some are here and some are there; then such a call is refused as a whole."""
    never = keys_beside(cast(str, arguments[0])).never
    return [*arguments[:number_of_keys], never, *arguments[number_of_keys:]]
