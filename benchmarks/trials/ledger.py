"""Numbered hits of known devices, and what was answered to each."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from .connection import Connection, get, send_paced

OWNER = "acme"
VERSIONS = 12


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
        pause_seconds = self.connections / self.hits_a_second
        senders = (send_paced(self.port, pause_seconds, self._hit, end) for _ in range(self.connections))
        await asyncio.gather(*senders)

    async def _hit(self, connection: Connection) -> bool:
        number = next(self._numbers)
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
