"""Bytes to a service and back, as no HTTP library would send them."""

import socket
import time
from collections.abc import Iterable

SECONDS = 10.0


def open_connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), SECONDS)


def exchange(port: int, *parts: bytes) -> bytes:
    """All that comes back until the service ends the connection."""
    with open_connection(port) as connection:
        deliver(connection, parts)
        return rest_of(connection)


def deliver(connection: socket.socket, parts: Iterable[bytes]) -> None:
    """As many of them as the service takes before it ends the connection."""
    try:
        for part in parts:
            connection.sendall(part)
    except OSError:
        return


def broken_off(port: int, part: bytes) -> None:
    """Sends it, and goes away."""
    with open_connection(port) as connection:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        rest_of(connection)


def rest_of(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def drip(connection: socket.socket, part: bytes, seconds: float) -> float:
    """Sends it again and again until the service ends the connection. Returns how long that took."""
    begun = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - begun < seconds:
        try:
            connection.sendall(part)
            if connection.recv(1) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begun


def get(path: str, *headers: str) -> bytes:
    return request("GET", path, *headers)


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
