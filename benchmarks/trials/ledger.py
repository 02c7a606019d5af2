"""Numbered hits of known devices, and what was answered to each."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

from .connection import Connection, get

OWNER = "acme"
VERSIONS = 12
RECONNECT_SECONDS = 0.02


def device_of(number: int) -> str:
    return f"device-{number:08d}"


@dataclass(slots=True)
class Ledger:
    """Each hit comes from a device of its own, so that none can hide behind another.

    `answers` holds the X-Telemetry of each number, or '' for a hit that was sent and never answered.
    """

    port: int
    app: str
    connections: int = 16
    hits_a_second: float = 800.0
    versions: int = VERSIONS
    answers: dict[int, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    async def run(self, end: asyncio.Event) -> None:
        await asyncio.gather(*(self._send(end) for _ in range(self.connections)))

    async def _send(self, end: asyncio.Event) -> None:
        pace = self.connections / self.hits_a_second
        connection: Connection | None = None
        due = monotonic()
        while not end.is_set():
            try:
                connection = connection or await Connection.open(self.port)
            except OSError:
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            if not await self._hit(connection, next(self._numbers)):
                connection.close()
                connection = None
            due = max(due + pace, monotonic() - 1)
            await asyncio.sleep(max(0.0, due - monotonic()))
        if connection:
            connection.close()

    async def _hit(self, connection: Connection, number: int) -> bool:
        self.answers[number] = ""
        try:
            answer = await connection.ask(self.request(number))
        except (OSError, TimeoutError):
            return False
        self.answers[number] = answer.header(b"x-telemetry").decode()
        return b"connection: close" not in answer.headers

    def request(self, number: int) -> bytes:
        version = f"1.{number % self.versions}"
        path = f"/telemetry/beacon?app_name={self.app}&owner={OWNER}&version={version}"
        return get(f"{path}&channel=stable&platform=linux&arch=amd64", X_Device_ID=device_of(number))

    def tally(self) -> Counter[str]:
        """Hits by 'counted', 'pending', 'dropped' and 'unanswered'."""
        return Counter((outcome.partition(";")[0] or "unanswered") for outcome in self.answers.values())

    def counted(self) -> list[int]:
        return [number for number, outcome in self.answers.items() if outcome == "counted"]
