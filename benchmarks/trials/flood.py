"""As many hits as the service takes, of somebody who wants to fill it up or to falsify it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from time import monotonic

from processes import cpu_seconds

from .connection import Connection, get
from .ledger import OWNER
from .world import World

CONNECTIONS = 32
ONE_DEVICE = "the-one-device"

Query = Callable[[str], str]
"""A random name to the parameters of a hit."""


@dataclass(frozen=True, slots=True)
class Flood:
    outcomes: Counter[str]
    seconds: float
    cpu_seconds: float
    """What the service's process took."""
    store_bytes: int
    """By how much the store's memory grew."""

    @property
    def hits_a_second(self) -> float:
        return self.outcomes.total() / self.seconds

    @property
    def cpu_us(self) -> float:
        """Of one hit."""
        return 1e6 * self.cpu_seconds / self.outcomes.total()


def of_versions(name: str) -> str:
    return f"version={name}&channel=stable&platform=linux&arch=amd64"


def of_channels(name: str) -> str:
    return f"version=1.0&channel={name}&platform=linux&arch=amd64"


def of_one_version(name: str) -> str:
    return of_versions("1.0")


def random_names(number: int) -> Iterator[str]:
    random = Random(number)
    return ("".join(random.choices(ascii_lowercase, k=12)) for _ in range(number))


async def flood(world: World, hits: int, query: Query) -> Flood:
    """One device, and a random name in each hit."""
    path = f"/telemetry/beacon?app_name={world.app}&owner={OWNER}&"
    requests = (get(path + query(name), X_Device_ID=ONE_DEVICE) for name in random_names(hits))
    return await send(world, requests)


async def impersonate(world: World, ids: Iterable[str]) -> Flood:
    """One hit of each device."""
    path = f"/telemetry/beacon?app_name={world.app}&owner={OWNER}&{of_one_version('')}"
    return await send(world, (get(path, X_Device_ID=one) for one in ids))


async def send(world: World, requests: Iterable[bytes]) -> Flood:
    """Each connection takes the next request when it has its answer."""
    before = await store_bytes(world)
    outcomes: Counter[str] = Counter()
    queue = iter(requests)
    begun, cpu_begun = monotonic(), cpu_seconds(world.service.pid)
    await asyncio.gather(*(drain(world.service.port, queue, outcomes) for _ in range(CONNECTIONS)))
    seconds, cpu = monotonic() - begun, cpu_seconds(world.service.pid) - cpu_begun
    if not await world.settled():
        raise RuntimeError("the service does not come to rest")
    return Flood(outcomes, seconds, cpu, await store_bytes(world) - before)


async def drain(port: int, queue: Iterator[bytes], outcomes: Counter[str]) -> None:
    connection = await Connection.open(port)
    for request in queue:
        answer = await connection.ask(request)
        outcomes[answer.header(b"x-telemetry").decode()] += 1
    connection.close()


async def store_bytes(world: World) -> int:
    return int((await world.client.info("memory"))["used_memory"])
