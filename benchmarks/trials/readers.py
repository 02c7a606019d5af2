"""Those who look at the figures while they are counted: reports, dashboards, metrics."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from .connection import Answer, get
from .traffic import Times, post
from .world import World

PAUSE_SECONDS = 0.2


@dataclass(slots=True)
class Reading:
    """Asks for its pages in turn. `failures`: when an answer was not 200, and what it was."""

    world: World
    name: str
    requests: Sequence[bytes]
    times: Times = field(default_factory=Times)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[tuple[float, str]] = field(default_factory=list)
    last: bytes = b""

    async def run(self, end: asyncio.Event) -> None:
        while not end.is_set():
            for request in self.requests:
                await self._ask(request)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, request: bytes) -> None:
        begun = monotonic()
        answer = await self.world.ask(request)
        self.statuses[answer.status if answer else 0] += 1
        if answer and answer.status == 200:
            self.times.add(begun)
            self.last = answer.body
        else:
            path = request.split(b" ", 2)[1].decode()
            self.failures.append((begun, f"{path}: {answer.status if answer else 'no answer'}"))


def reports(token: str, app: str) -> list[bytes]:
    bearer = {"Authorization": f"Bearer {token}"}
    paths = ["/telemetry?range=week", "/telemetry?range=month&compare=previous", "/telemetry/web?range=week"]
    paths += ["/telemetry/events?range=week", f"/telemetry?apps={app}"]
    paths += [f"/telemetry/adoption?app={app}&channel=stable"]
    return [get(path, **bearer) for path in paths]


async def dashboards(world: World, app: str, site: str) -> list[bytes]:
    """Its pages, signed in."""
    form = f"token={world.token}".encode()
    origin = f"http://127.0.0.1:{world.service.port}"
    request = post(
        "/dashboard/sign-in", form, Content_Type="application/x-www-form-urlencoded", Origin=origin
    ).replace(b"Host: counter", f"Host: 127.0.0.1:{world.service.port}".encode())
    answer = await world.ask(request)
    cookie = cookie_of(answer) if answer else ""
    if not cookie:
        raise RuntimeError(f"signing in to the dashboard was answered with {answer}")
    paths = ["/dashboard", f"/dashboard/apps/{app}", f"/dashboard/sites/{site}", "/dashboard/refusals"]
    return [get(path, Cookie=cookie) for path in paths]


def cookie_of(answer: Answer) -> str:
    return answer.header(b"set-cookie").decode().partition(";")[0]


def metrics() -> bytes:
    return get("/metrics").replace(b"Host: counter", b"Host: 127.0.0.1")


def value(exposition: bytes, name: str) -> float:
    """Of a metric without labels."""
    lines = (line.split() for line in exposition.decode().splitlines())
    return next(float(words[1]) for words in lines if words and words[0] == name)
