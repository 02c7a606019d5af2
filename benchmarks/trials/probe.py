"""A second client: whether update checks are answered in full and in time, whatever happens."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

import orjson

from .connection import Answer, Connection, get

TRIES = 2
PAUSE_SECONDS = 0.01
STALL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    begun: float
    took: float

    def overlaps(self, other: "Asked") -> bool:
        return self.begun < other.begun + other.took and other.begun < self.begun + self.took


@dataclass(slots=True)
class Times:
    """When answers were asked for, the seconds they took, and what was wrong with any of them."""

    asked: list[Asked] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def slowest_ms(self) -> float:
        return 1000 * max((one.took for one in self.asked), default=0.0)


@dataclass(slots=True)
class Probe:
    """Asks for updates, for the empty answer that shows what the machine itself costs, and for readiness.

    A question on a connection that ends is asked once more on a new one, as every HTTP client does.
    """

    port: int
    check: str
    checks: Times = field(default_factory=Times)
    floor: Times = field(default_factory=Times)
    readiness: list[int] = field(default_factory=list)

    def late(self, budget_seconds: float) -> list[str]:
        """The checks that took longer than the budget and what the machine took for an empty answer.

        That is the slowest of all or, if it is more, the sum of the slow ones while the check was under way.
        """
        slowest = self.floor.slowest_ms / 1000
        stalls = [one for one in self.floor.asked if one.took > STALL_SECONDS]
        late, begun = [], self.checks.asked[0].begun if self.checks.asked else 0.0
        for check in self.checks.asked:
            if check.took > budget_seconds + slowest:
                floor = max(slowest, sum(stall.took for stall in stalls if stall.overlaps(check)))
                if check.took > budget_seconds + floor:
                    took = f"an update check took {check.took:.3f} s, {check.begun - begun:.0f} s on"
                    late.append(f"{took}; empty answers {floor:.3f}")
        return late

    async def run(self, end: asyncio.Event) -> None:
        await asyncio.gather(self._ask_checks(end), self._ask_floor(end), self._ask_readiness(end))

    async def _ask_checks(self, end: asyncio.Event) -> None:
        """Every check comes from a device of its own and counts."""
        asking, number = Asking(self.port), 0
        while not end.is_set():
            number += 1
            answer = await asking.timed(get(self.check, X_Device_ID=f"check-{number}"), self.checks)
            if answer and not is_full(answer):
                self.checks.faults.append(f"{answer.status} {answer.body!r}")
            await asyncio.sleep(PAUSE_SECONDS)
        asking.close()

    async def _ask_floor(self, end: asyncio.Event) -> None:
        asking = Asking(self.port)
        while not end.is_set():
            await asking.timed(get("/health"), self.floor)
            await asyncio.sleep(PAUSE_SECONDS)
        asking.close()

    async def _ask_readiness(self, end: asyncio.Event) -> None:
        asking = Asking(self.port)
        while not end.is_set():
            answer = await asking.timed(get("/ready"), Times())
            if answer:
                self.readiness.append(answer.status)
            await asyncio.sleep(5 * PAUSE_SECONDS)
        asking.close()


class Asking:
    """One connection, opened again when it ends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: Connection | None = None

    async def timed(self, request: bytes, times: Times) -> Answer | None:
        begun = monotonic()
        for _ in range(TRIES):
            try:
                self._connection = self._connection or await Connection.open(self._port)
                answer = await self._connection.ask(request)
            except (OSError, TimeoutError) as error:
                self.close()
                fault = repr(error)
            else:
                times.asked.append(Asked(begun, monotonic() - begun))
                if b"connection: close" in answer.headers:
                    self.close()
                return answer
        times.faults.append(fault)
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def is_full(answer: Answer) -> bool:
    if answer.status != 200:
        return False
    content = orjson.loads(answer.body)
    return content["update_available"] is True and isinstance(content["update_url"], str)
