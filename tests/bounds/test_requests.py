"""Requests that are slow, long, or not what they say: bounded, answered where possible, never counted."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from telemetry_counter.serving.connections import MAX_HEAD_BYTES

from .counted import KEEP_ALIVE_SECONDS, REQUEST_SECONDS, Counted
from .wire import broken_off, drip, exchange, get, open_connection, request, rest_of, statuses

SWEEPS = 2.5
"""Seconds that a sweep may come late, on a busy machine."""

HIT = "/api/telemetry/hit"
CLOSE = "Connection: close"


def test_an_idle_connection_ends_and_one_in_use_does_not(service: Counted) -> None:
    with open_connection(service.port) as used, open_connection(service.port) as idle:
        idle.sendall(get("/health"))
        assert statuses(idle.recv(65_536)) == [200]
        begun = time.monotonic()
        idle.settimeout(KEEP_ALIVE_SECONDS + SWEEPS)
        while time.monotonic() - begun < KEEP_ALIVE_SECONDS + 1:
            used.sendall(service.check())
            assert statuses(used.recv(65_536)) == [204]
            time.sleep(KEEP_ALIVE_SECONDS / 4)
        assert idle.recv(1) == b""
        used.sendall(service.check())
        assert statuses(used.recv(65_536)) == [204]


def test_a_connection_that_asks_nothing_ends(service: Counted) -> None:
    with open_connection(service.port) as connection:
        begun = time.monotonic()
        assert rest_of(connection) == b""
        assert REQUEST_SECONDS <= time.monotonic() - begun < REQUEST_SECONDS + SWEEPS


DRIPS = [
    (b"GET /health HTTP/1.1\r\n", b"a: b\r\n"),
    (b"GET /", b"a"),
    (b"", b"\r\n"),
    (get("/health"), b"\r\n"),
    (get("/health") + b"GET /health HTTP/1.1\r\n", b"a: b\r\n"),
    (request("POST", HIT, "Content-Length: 4000"), b" "),
    (request("POST", HIT, "Transfer-Encoding: chunked"), b"1\r\na\r\n"),
    (request("POST", "/telemetry/events", "Content-Length: 60000"), b" "),
    (request("GET", "/health", "Content-Length: 60000"), b" "),
]


def test_a_request_that_drips_ends(service: Counted) -> None:
    def dripped(beginning: bytes, part: bytes) -> float:
        with open_connection(service.port) as connection:
            connection.sendall(beginning)
            return drip(connection, part, 10)

    with ThreadPoolExecutor(len(DRIPS)) as threads:
        times = list(threads.map(dripped, *zip(*DRIPS, strict=True)))
    assert max(times) < REQUEST_SECONDS + SWEEPS, times


def test_a_head_of_a_common_size_is_read(service: Counted) -> None:
    assert statuses(exchange(service.port, service.check("Cookie: " + "c" * 12_000, CLOSE))) == [204]
    assert service.total == 1


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /telemetry?apps=" + b"q," * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /health?" + b"q" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"GET /telemetry HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 60_000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nCookie: " + b"c" * 60_000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 10_000 + b"\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"n" * 60_000 + b": b\r\n\r\n", 431),
    ],
    ids=["list", "line", "report", "header", "headers", "name"],
)
@pytest.mark.parametrize("piece", [1_000_000, 1_000])
def test_a_head_that_is_too_long_is_refused(service: Counted, head: bytes, status: int, piece: int) -> None:
    received = exchange(service.port, *(head[at : at + piece] for at in range(0, len(head), piece)))
    assert statuses(received) in ([status], [])  # the answer is lost to a client that goes on sending
    with open_connection(service.port) as patient:
        patient.sendall(head[:40_000])
        assert statuses(rest_of(patient)) == [status]


@pytest.mark.parametrize(("length", "status"), [(MAX_HEAD_BYTES, 200), (2 * MAX_HEAD_BYTES + 1, 431)])
def test_a_head_is_taken_up_to_its_bound_and_never_beyond_its_double(
    service: Counted, length: int, status: int
) -> None:
    begin, end = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ", b"\r\n\r\n"
    with open_connection(service.port) as connection:
        connection.sendall(begin + b"x" * (length - len(begin + end)) + end)
        assert statuses(rest_of(connection)) == [status]


def test_a_query_that_is_too_long_is_refused_with_its_reason(service: Counted) -> None:
    received = exchange(service.port, service.check(CLOSE, version="1&q=" + "q" * 5_000))
    assert b"x-telemetry: dropped; reason=too_large" in received
    assert service.total == 0


@pytest.mark.parametrize(
    "beginning",
    [
        request("POST", HIT, "Transfer-Encoding: chunked"),
        request("GET", "/health", "Transfer-Encoding: chunked"),
        request("GET", "/health", "Transfer-Encoding: chunked") + b"0\r\n",
    ],
    ids=["read", "not read", "trailers"],
)
def test_a_body_without_end_ends_the_connection(service: Counted, beginning: bytes) -> None:
    part = b"a: b\r\n" * 1_000 if beginning.endswith(b"0\r\n") else b"1000\r\n" + b"a" * 4096 + b"\r\n"
    sent = 0
    with open_connection(service.port) as connection:
        connection.sendall(beginning)
        while sent < 50_000_000:
            try:
                sent += connection.send(part)
            except OSError:
                break
    assert sent < 10_000_000  # one of them, and what the system buffers


def test_requests_that_wait_on_one_connection_are_bounded(service: Counted) -> None:
    within = exchange(service.port, get("/health") * 64 + get("/health", CLOSE))
    beyond = exchange(service.port, get("/health") * 90)
    assert statuses(within) == [200] * 65
    assert statuses(beyond) == [200] * 65
    assert beyond.count(b"connection: close") == 1


def test_an_upgrade_is_answered_as_what_it_asks_for(service: Counted) -> None:
    received = exchange(service.port, service.check("Connection: Upgrade", "Upgrade: h2c"), service.check())
    assert statuses(received) == [204]
    assert b"connection: close" in received
    assert service.total == 1


def smuggled(service: Counted) -> bytes:
    return service.check(CLOSE, version="smuggled")


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 3", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 3"),
        ("Content-Length: 5", "Content-Length: 0"),
        ("Content-Length: 5, 0",),
        ("Content-Length: +0",),
        ("Content-Length: -1",),
        ("Content-Length: 0x0",),
        ("Content-Length: 99999999999999999999999",),
        ("Content-Length : 0",),
        ("Content-Length:\t0\x0b",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding:\x0bchunked",),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked", "Content-Length: 0"),
        ("X: y\n", "Transfer-Encoding: chunked"),
        ("X: y\x00z",),
    ],
)
def test_nothing_is_smuggled_behind_a_body_that_lies(service: Counted, headers: tuple[str, ...]) -> None:
    received = exchange(service.port, request("POST", HIT, *headers, body=b"0\r\n\r\n" + smuggled(service)))
    assert statuses(received) == [400]
    assert service.total == 0


@pytest.mark.parametrize(
    "chunks", [b"0\r\n\r\n", b"1\r\n", b"x\r\n", b"ffffffffffffffffff\r\n", b"1\r\naa\r\n"]
)
def test_what_is_counted_is_answered_whatever_its_body(service: Counted, chunks: bytes) -> None:
    received = exchange(service.port, service.check("Transfer-Encoding: chunked") + chunks)
    assert statuses(received) == [204]
    assert service.total == 1


@pytest.mark.parametrize("chunks", [b"x\r\n", b"1\r\naa\r\n", b"2\r\n{}\r\nx\r\n"])
def test_a_hit_whose_body_is_broken_is_not_counted(service: Counted, chunks: bytes) -> None:
    path = f"{HIT}?owner=acme&site={service.app}&path=/"
    received = exchange(service.port, request("POST", path, "Transfer-Encoding: chunked", body=chunks))
    assert statuses(received) == [400]
    assert service.report("/telemetry/web")["summary"]["page_views"] == 0


def test_a_body_longer_than_it_says_is_no_second_request(service: Counted) -> None:
    received = exchange(service.port, request("POST", HIT, "Content-Length: 2", body=b'{}{"site":1}'))
    assert statuses(received) in ([204, 400], [204])
    assert b"connection: close" in received or len(statuses(received)) == 2


def test_a_body_shorter_than_it_says_is_not_counted(service: Counted) -> None:
    body = b'{"owner":"acme","site":"%b","path":"/"}' % service.app.encode()
    headers = ("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",)
    counted = exchange(
        service.port, request("POST", HIT, *headers, CLOSE, f"Content-Length: {len(body)}", body=body)
    )
    assert b"x-telemetry: counted" in counted
    for length in (len(body) + 1, len(body) + 50):
        broken_off(service.port, request("POST", HIT, *headers, f"Content-Length: {length}", body=body))
    assert service.report("/telemetry/web")["summary"]["page_views"] == 1


@pytest.mark.parametrize(
    "bad", [b"\x00", b"\xff", b"\xc3\x28", b"%00", b"%FF", b"%C3%28", b"%ED%A0%80", b"\x7f"]
)
@pytest.mark.parametrize(
    "shape",
    [
        b"GET /telemetry/beacon?owner=acme&app_name=APP&version=1BAD HTTP/1.1\r\nX-Device-ID: d\r\n",
        b"GET /telemetry/beacon?owner=acme&app_name=APPBAD&version=1 HTTP/1.1\r\nX-Device-ID: d\r\n",
        b"GET /telemetry/beaconBAD?owner=acme&app_name=APP&version=1 HTTP/1.1\r\nX-Device-ID: d\r\n",
        b"GET /checkVersion?owner=BAD&app_name=APP&version=1 HTTP/1.1\r\nX-Device-ID: d\r\n",
        b"GET /api/telemetry/pixel?owner=acme&site=APP&path=BAD HTTP/1.1\r\nUser-Agent: BAD\r\nDNT: BAD\r\n",
        b"GET /telemetry/acme/APPBAD.gif?url=BAD HTTP/1.1\r\nReferer: BAD\r\n",
        b"GET /telemetry/acme/APP/badge.svg?title=BAD&url=/BAD&start=BAD HTTP/1.1\r\nReferer: BAD\r\n",
        b"POST /api/telemetry/hit?BAD HTTP/1.1\r\nContent-Length: 9BAD\r\n",
        b"GET /telemetry?apps=BAD&date=BAD HTTP/1.1\r\nAuthorization: Bearer BAD\r\n",
        b"DELETE /releases/BAD HTTP/1.1\r\nAuthorization: Bearer BAD\r\n",
        b"BAD / HTTP/1.1\r\n",
        b"GET / HTTP/BAD\r\n",
        b"GET /health HTTP/1.1\r\nBAD: BAD\r\n",
    ],
    ids=range(13),
)
def test_bytes_that_are_no_text_are_no_fault_of_the_service(
    service: Counted, shape: bytes, bad: bytes
) -> None:
    sent = shape.replace(b"APP", service.app.encode()).replace(b"BAD", bad)
    received = exchange(service.port, sent + b"Host: x\r\nConnection: close\r\n\r\n")
    assert len(statuses(received)) == 1
    assert statuses(received)[0] < 500


@pytest.mark.parametrize("bad", [b"\x00", b"\xff", b"\\u0000", b"\\ud800", b"\\uD83D\\uDE00", b"\x1b[31m"])
@pytest.mark.parametrize("path", [HIT, "/telemetry/events"])
def test_a_body_that_is_no_text_is_no_fault_of_the_service(service: Counted, path: str, bad: bytes) -> None:
    fields = (b"owner", b"site", b"path", b"referrer", b"name", b"app_name", b"version", b"day", b"BAD")
    for field in fields:
        body = b'{"%b":"%b"}' % (field, bad)
        headers = (CLOSE, f"Content-Length: {len(body)}")
        assert statuses(exchange(service.port, request("POST", path, *headers, body=body)))[0] in (204, 400)


def test_a_device_is_any_bytes_up_to_128_characters(service: Counted) -> None:
    beacon = f"GET {service.beacon}&version=1 HTTP/1.1\r\nHost: x\r\nX-Device-ID: ".encode()
    for device in (b"\xff" * 128, "é".encode() * 128, b"d" * 129, b"\xff" * 129, b"\xc3" * 200):
        exchange(service.port, beacon + device + b"\r\nConnection: close\r\n\r\n")
    assert service.total == 2
