"""Answers leave whole, whatever they are made of."""

import asyncio
import socket
from pathlib import Path
from typing import cast

import pytest
from running import Installation

from telemetry_counter.serving.one_write import OneWrite


class Wire:
    """As much of a transport as is asked of one."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return name


def held(loop: asyncio.AbstractEventLoop) -> tuple[OneWrite, Wire]:
    wire = Wire()
    return OneWrite(cast(asyncio.Transport, wire), loop), wire


@pytest.mark.anyio
async def test_head_and_body_leave_in_one_call() -> None:
    transport, wire = held(asyncio.get_running_loop())
    transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
    transport.write(b"body")
    transport.write(b"more")
    assert wire.calls == [b"HTTP/1.1 200 OK\r\n\r\nbody", b"more"]
    await asyncio.sleep(0)
    assert len(wire.calls) == 2


@pytest.mark.anyio
async def test_a_head_alone_leaves_a_moment_later() -> None:
    transport, wire = held(asyncio.get_running_loop())
    transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
    assert wire.calls == []
    await asyncio.sleep(0)
    assert wire.calls == [b"HTTP/1.1 200 OK\r\n\r\n"]


@pytest.mark.anyio
async def test_a_head_is_not_lost_when_the_connection_closes() -> None:
    transport, wire = held(asyncio.get_running_loop())
    transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
    transport.close()
    assert (wire.calls, wire.closed) == ([b"HTTP/1.1 200 OK\r\n\r\n"], True)


@pytest.mark.anyio
async def test_what_has_no_body_leaves_at_once() -> None:
    transport, wire = held(asyncio.get_running_loop())
    for head in (b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"):
        transport.write(head)
    assert len(wire.calls) == 2
    assert transport.get_extra_info("peername") == "peername"


def test_the_service_answers_all_kinds_of_requests(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    requests = (
        b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/telemetry/hit HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /api/telemetry/pixel HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    with installation.serving(), socket.create_connection(("127.0.0.1", installation.port), 5) as connection:
        connection.sendall(b"".join(requests))
        connection.settimeout(5)
        answered = b""
        while part := connection.recv(65_536):
            answered += part
    heads = [part.split(b"\r\n")[0] for part in answered.split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK", b"200 OK", b"200 OK", b"404 Not Found", b"204 No Content", b"200 OK"]
    assert answered.count(b'{"status":"healthy"}') == 2
    assert answered.endswith(b";")
