"""What is no proper HTTP, or not what it says to be; each for a connection of its own."""

from random import Random

from .fuzz_requests import HOSTILE

BEACON = f"/telemetry/beacon?owner=acme&app_name={HOSTILE}&version=1".encode()
WHOLE = b"GET %b HTTP/1.1\r\nHost: x\r\nX-Device-ID: d\r\n\r\n" % BEACON
FRAMES = (
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 5\r\nContent-Length: 0\r\n",
    b"Content-Length: 1000\r\n",
    b"Content-Length: 2\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    b"Expect: 100-continue\r\nContent-Length: 4\r\n",
    b"Connection: close\r\n",
)
BODIES = (
    b"",
    b"{}",
    b"0\r\n\r\n",
    b"5\r\nabc",
    b"ffffffff\r\n",
    b"x\r\n",
    b"0\r\na: b\r\n\r\n",
    WHOLE,
    b"\x00" * 100,
)
METHODS = (b"GET", b"POST", b"CONNECT", b"PRI", b"get", b"", b"\x00", b"GET\x0b", b"M-SEARCH")
LINES = (
    b" HTTP/1.1",
    b" HTTP/1.0",
    b" HTTP/0.9",
    b" HTTP/2.0",
    b" HTTP/1.1\r",
    b"",
    b" FTP/1.1",
    b"  HTTP/1.1 ",
)


def malformed(random: Random) -> bytes:
    kind = random.random()
    if kind < 0.25:
        return flipped(WHOLE, random)
    if kind < 0.35:
        return WHOLE[: random.randrange(len(WHOLE))]
    if kind < 0.45:
        return random.randbytes(random.randrange(1, 600))
    if kind < 0.5:
        return WHOLE[:-2] + b"a: " + b"b" * random.choice((15_000, 20_000, 70_000, 300_000)) + b"\r\n\r\n"
    if kind < 0.55:
        return WHOLE * random.randrange(2, 120)
    if kind < 0.6:
        return b"\r\n" * random.randrange(1, 50) + WHOLE
    return framed(random)


def framed(random: Random) -> bytes:
    target = random.choice((BEACON, b"/api/telemetry/hit", b"/telemetry/events", b"*", b"http://h" + BEACON))
    head = random.choice(METHODS[:2] if random.random() < 0.7 else METHODS) + b" " + target
    head += random.choice(LINES[:1] if random.random() < 0.7 else LINES) + b"\r\n"
    return head + b"X-Device-ID: d\r\n" + random.choice(FRAMES) + b"\r\n" + random.choice(BODIES)


def flipped(request: bytes, random: Random) -> bytes:
    changed = bytearray(request)
    for _ in range(random.choice((1, 1, 2, 8))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)
