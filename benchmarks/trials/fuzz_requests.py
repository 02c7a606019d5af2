"""Requests for a fuzz: as clients send them, changed at random, and such as nobody sends by mistake."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote_from_bytes

import orjson

from .fuzz_rule import COUNTED, MAX_DEVICE, Fate, characters, fate_of_check

OWNER = "acme"
CHECKS, PAGES, EVENTS, HOSTILE = "checks", "pages", "events", "hostile"
KNOWN = frozenset((OWNER, app) for app in (CHECKS, PAGES, EVENTS, HOSTILE))

# What may stand in a request's first line; all else is for those that speak no proper HTTP.
LINE = b"ABCxyz019%&=+._~-;,:!*'()@/$?"
NIL = b"00000000-0000-0000-0000-000000000000"
BROWSER = b"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
NASTY = (
    b"%00", b"%FF", b"%C3%28", b"%ED%A0%80", b"%0d%0aX-Telemetry:%20counted", b"%1b[31m", b"../../etc/passwd",
    b"{acme}", b"*", b"%7Bacme%7D:x", b"(other)", b"a" * 33, b"a" * 65, b"9" * 64, b"1" * 600, b"%", b"%2",
    b"%zz", b"", b"%E2%80%8B", b"%F0%9F%98%80", b"=", b"%26owner%3Dacme", b"-1", b"1e400", b"NaN",
    b"__proto__", b"%2500", b"'%20OR%201=1",
)  # fmt: skip
AGENTS = (
    BROWSER,
    b"",
    b"Googlebot/2.1 (+http://www.google.com/bot.html)",
    b"curl/8.1",
    b"\xff\xfe",
    b"x" * 3000,
    b"github-camo (1)",
)


@dataclass(frozen=True, slots=True)
class Question:
    """`fate` is None where only the answer tells it. `events`: how many it brings, if it counts."""

    sent: bytes
    app: str
    fate: Fate | None = None
    has_body: bool = True
    events: int = 0


class Questions:
    """Endless, and the same for the same seed."""

    def __init__(self, seed: int, day: str) -> None:
        self._random = Random(seed)
        self._day = day
        kinds: dict[Callable[[], Question], int] = {
            self.check: 62,
            self.pixel: 12,
            self.hit: 10,
            self.embed: 4,
            self.summary: 5,
            self.stray: 7,
        }
        self._kinds, self._weights = list(kinds), list(kinds.values())

    def take(self, number: int) -> list[Question]:
        return [kind() for kind in self._random.choices(self._kinds, self._weights, k=number)]

    def check(self) -> Question:
        random = self._random
        path = random.choice(("/checkVersion", "/telemetry/beacon", "/telemetry/beacon"))
        values = {
            b"app_name": CHECKS.encode(),
            b"owner": OWNER.encode(),
            b"version": b"%d.%d.%d" % (random.randrange(3), random.randrange(12), random.randrange(4)),
            b"channel": random.choice((b"stable", b"beta", b"")),
            b"platform": random.choice((b"linux", b"windows", b"darwin")),
            b"arch": random.choice((b"amd64", b"arm64")),
        }
        if random.random() < 0.2:
            values[random.choice((b"is_latest", b"updater", b"ts"))] = random.choice(
                (b"true", b"tauri", b"1")
            )
        query = self._changed(values)
        device = self._device()
        fate = fate_of_check(path, query, device.strip(b" \t"), KNOWN)
        method = b"GET"
        if random.random() < 0.01:
            method, fate = b"HEAD", Fate("head")
        header = b"X-Device-ID: %b\r\n" % device if device or random.random() < 0.5 else b""
        return Question(wrapped(method, path.encode() + b"?" + query, header), CHECKS, fate, method == b"GET")

    def pixel(self) -> Question:
        query, fate = self._page()
        method = b"GET /api/telemetry/pixel?" if self._random.random() < 0.7 else b"GET /api/telemetry/hit?"
        agent, fate = self._agent(fate)
        return Question(method + query + b" HTTP/1.1\r\nHost: x\r\n" + agent + b"\r\n", PAGES, fate)

    def hit(self) -> Question:
        random = self._random
        given = {"owner": OWNER, "site": PAGES, "path": f"/p{random.randrange(300)}"}
        agent, fate = self._agent(Fate(COUNTED, PAGES))
        body = orjson.dumps(given)
        if random.random() < 0.3:
            body, fate = self._flipped(body), None
        if random.random() < 0.02:
            body, fate = body + b" " * 5000, Fate("too_large")
        length = b"Content-Length: %d\r\n" % len(body)
        return Question(wrapped(b"POST", b"/api/telemetry/hit", agent + length, body), PAGES, fate)

    def embed(self) -> Question:
        random = self._random
        kind = random.choice((b".gif", b"/badge.svg"))
        page = b"url=/e%d&" % random.randrange(50) if random.random() < 0.7 else b""
        query = page + b"title=" + random.choice(NASTY)
        path = b"/telemetry/acme/" + random.choice((PAGES.encode(), b"%00", b"..%2f..", b"nosuch")) + kind
        agent, _ = self._agent(None)
        return Question(wrapped(b"GET", path + b"?" + query, agent), PAGES)

    def summary(self) -> Question:
        random = self._random
        count = random.randrange(1, 50)
        body = orjson.dumps(
            {
                **{"owner": OWNER, "app_name": EVENTS, "version": "1.0", "day": self._day},
                "batch_id": f"{random.getrandbits(128):032x}",
                "events": [{"name": "opened", "count": count, "properties": {"kind": {"big": 1}}}],
            }
        )
        device = self._device()
        fate: Fate | None = Fate(COUNTED if characters(device) <= MAX_DEVICE else "bad_device", EVENTS)
        if random.random() < 0.5:
            body, fate = body.replace(b'"opened"', orjson.dumps(random.choice(NASTY).decode())), None
        header = b"Content-Length: %d\r\nX-Device-ID: %b\r\n" % (len(body), device)
        return Question(wrapped(b"POST", b"/telemetry/events", header, body), EVENTS, fate, events=count)

    def stray(self) -> Question:
        """Paths and methods that count nothing."""
        random = self._random
        method = random.choice(
            (b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"PROPFIND", b"HEAD")
        )
        paths = (
            b"/checkVersion/",
            b"/telemetry",
            b"/releases",
            b"/releases/x",
            b"/metrics",
            b"/ready",
            b"/",
            b"//",
        )
        path = random.choice(
            (*paths, b"/telemetry/beacon", b"/telemetry/request", b"/" + self._flipped(b"telemetry/"))
        )
        if method == b"GET" and path == b"/telemetry/beacon":
            path = b"/telemetry/policy"
        target = path + b"?owner=acme&app_name=hostile&version=1&" + random.choice(NASTY)
        header = b"Authorization: Bearer " + random.choice((b"tct_" + b"0" * 36, b"\xff", b"x")) + b"\r\n"
        return Question(wrapped(method, target, header), HOSTILE, None, method != b"HEAD")

    def _page(self) -> tuple[bytes, Fate | None]:
        random = self._random
        values = {b"site": PAGES.encode(), b"owner": OWNER.encode(), b"path": b"/p%d" % random.randrange(300)}
        if random.random() < 0.3:
            values[random.choice((b"path", b"name", b"site", b"owner", b"referrer"))] = random.choice(NASTY)
            return self._changed(values), None
        return b"&".join(b"%b=%b" % pair for pair in values.items()), Fate(COUNTED, PAGES)

    def _agent(self, fate: Fate | None) -> tuple[bytes, Fate | None]:
        agent = BROWSER if self._random.random() < 0.6 else self._random.choice(AGENTS)
        return b"User-Agent: %b\r\n" % agent, fate if agent is BROWSER else None

    def _device(self) -> bytes:
        random = self._random
        if random.random() < 0.85:
            return b"%016x" % random.getrandbits(64)
        devices = (
            b"",
            NIL,
            b"d" * 128,
            b"dd" * 65,
            b"\xff" * 129,
            "é".encode() * 128,
            quote_from_bytes(b"\x00").encode(),
        )
        return random.choice(devices)

    def _changed(self, values: dict[bytes, bytes]) -> bytes:
        """Most often as it is; else with something missing, doubled, nasty or flipped."""
        random = self._random
        change = random.random()
        if change < 0.08:
            del values[random.choice(list(values))]
        elif change < 0.2:
            values[random.choice(list(values))] = random.choice(NASTY)
        query = b"&".join(b"%b=%b" % pair for pair in values.items())
        if 0.2 <= change < 0.24:
            query += b"&" + random.choice(query.split(b"&"))
        elif 0.24 <= change < 0.36:
            query = self._flipped(query)
        elif 0.36 <= change < 0.37:
            query += b"&q=" + b"q" * random.choice((3000, 4000, 5000, 9000))
        return query

    def _flipped(self, text: bytes) -> bytes:
        random = self._random
        changed = bytearray(text)
        for _ in range(random.randrange(1, 4)):
            changed[random.randrange(len(changed))] = random.choice(LINE)
        return bytes(changed)


def wrapped(method: bytes, target: bytes, headers: bytes, body: bytes = b"") -> bytes:
    return b"%b %b HTTP/1.1\r\nHost: x\r\n%b\r\n%b" % (method, target, headers, body)
