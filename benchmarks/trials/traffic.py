"""Every kind of request that the service takes, each of an app of its own, so that each has a ledger."""

import asyncio
import uuid
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

import orjson

from telemetry_counter.counting.clock import UtcDay

from .connection import Answer, Connection, get, send_paced
from .ledger import OWNER

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PATHS, VERSIONS = 50, 12


@dataclass(frozen=True, slots=True)
class Kind:
    """`request` makes the bytes of an app's numbered hit; `suffix` is that of the hash that counts them."""

    name: str
    request: Callable[[str, int], bytes]
    suffix: str
    hits_a_second: float
    statuses: tuple[int, ...]

    @property
    def app(self) -> str:
        return f"soak-{self.name}"


def check(updater: str) -> Callable[[str, int], bytes]:
    def request(app: str, number: int) -> bytes:
        path = f"/checkVersion?{program(app, number)}&updater={updater}"
        return get(path, X_Device_ID=f"{updater}-{number}")

    return request


def beacon(app: str, number: int) -> bytes:
    path = f"/telemetry/beacon?{program(app, number)}&is_latest=true"
    return get(path, X_Device_ID=f"beacon-{number}")


def program(app: str, number: int) -> str:
    build = "channel=stable&platform=linux&arch=amd64"
    return f"app_name={app}&owner={OWNER}&version=1.{number % VERSIONS}&{build}"


def page(path: str) -> Callable[[str, int], bytes]:
    def request(app: str, number: int) -> bytes:
        query = f"site={app}&owner={OWNER}&path=/page/{number % PATHS}&ts={number}"
        return get(f"{path}?{query}", User_Agent=BROWSER)

    return request


def embed(form: str) -> Callable[[str, int], bytes]:
    def request(app: str, number: int) -> bytes:
        address = f"https://e.org/page/{number % PATHS}"
        return get(f"/telemetry/{OWNER}/{app}{form}?force=true&url={address}", User_Agent=BROWSER)

    return request


def hit_by_post(app: str, number: int) -> bytes:
    body = orjson.dumps({"site": app, "owner": OWNER, "path": f"/page/{number % PATHS}"})
    return post("/api/telemetry/hit", body, User_Agent=BROWSER, Content_Type="text/plain")


def events(app: str, number: int) -> bytes:
    summary = {
        **{"owner": OWNER, "app_name": app, "version": "1.0", "channel": "stable", "platform": "linux"},
        **{"arch": "amd64", "day": UtcDay().today().isoformat(), "batch_id": str(uuid.uuid4())},
        "events": [{"name": "opened", "count": 1, "properties": {"kind": {f"k{number % VERSIONS}": 1}}}],
    }
    return post("/telemetry/events", orjson.dumps(summary), X_Device_ID=f"events-{number}")


def post(path: str, body: bytes, **headers: str) -> bytes:
    head = get(path, Content_Length=str(len(body)), **headers)
    return head.replace(b"GET ", b"POST ", 1) + body


CHECKS, PAGES, EVENTS = "n", "w", "e"
KINDS = (
    Kind("check", check("manual"), CHECKS, 60, (200,)),
    Kind("beacon", beacon, CHECKS, 40, (204,)),
    Kind("tauri", check("tauri"), CHECKS, 20, (200,)),
    Kind("squirrel-darwin", check("squirrel_darwin"), CHECKS, 20, (200,)),
    Kind("squirrel-windows", check("squirrel_windows"), CHECKS, 20, (302,)),
    Kind("electron-builder", check("electron-builder"), CHECKS, 20, (302,)),
    Kind("pixel", page("/api/telemetry/pixel"), PAGES, 40, (200,)),
    Kind("hit", page("/api/telemetry/hit"), PAGES, 20, (204,)),
    Kind("hit-by-post", hit_by_post, PAGES, 20, (204,)),
    Kind("gif", embed(".gif"), PAGES, 20, (200,)),
    Kind("page-badge", embed("/badge.svg"), PAGES, 10, (200,)),
    Kind("events", events, EVENTS, 20, (204,)),
)


@dataclass(slots=True)
class Times:
    """Milliseconds of the answers, in 4 bytes each: they grow as the run goes on."""

    taken: "array[float]" = field(default_factory=lambda: array("f"))

    def add(self, begun: float) -> None:
        self.taken.append(1000 * (monotonic() - begun))

    def at(self, share: float) -> float:
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(slots=True)
class Sender:
    """Sends one kind's hits at its rate. `outcomes`: what `X-Telemetry` said, or 'unanswered'."""

    port: int
    kind: Kind
    rate: float = 1.0
    connections: int = 2
    times: Times = field(default_factory=Times)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    bodies: Callable[[Answer], None] | None = None
    _numbers: "count[int]" = field(default_factory=count)

    async def run(self, end: asyncio.Event) -> None:
        pause_seconds = self.connections / self.kind.hits_a_second / self.rate
        senders = (send_paced(self.port, pause_seconds, self._hit, end) for _ in range(self.connections))
        await asyncio.gather(*senders)

    async def _hit(self, connection: Connection) -> bool:
        begun = monotonic()
        try:
            answer = await connection.ask(self.kind.request(self.kind.app, next(self._numbers)))
        except (OSError, TimeoutError):
            self.outcomes["unanswered"] += 1
            return False
        self.times.add(begun)
        self.outcomes[answer.header(b"x-telemetry").decode().partition(";")[0]] += 1
        if answer.status not in self.kind.statuses:
            self.wrong[f"{answer.status} {answer.body[:80]!r}"] += 1
        if self.bodies:
            self.bodies(answer)
        return b"connection: close" not in answer.headers
