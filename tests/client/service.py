"""A stand-in for the service, as bad as a test wants it: records every request, answers as told."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Service:
    """Counts batches once per id, as the real one does, also when it then fails to answer."""

    address: str = ""
    status: int = 204
    outcome: str = "counted"
    answer: bytes = b'{"update_available": false, "error": "Not found"}'
    version: str = ""
    silent: bool = False
    """Hang up without an answer."""
    hanging: bool = False
    """Take the request and never answer."""
    location: str = ""
    requests: list[Request] = field(default_factory=list)
    counted: dict[str, Any] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    def take(self, request: Request) -> None:
        self.requests.append(request)
        if request.method == "POST" and self.outcome == "counted" and self.status in (204, 503):
            self.counted.setdefault(request.json["batch_id"], request.json)

    def total(self, event: str) -> int:
        return sum(e["count"] for body in self.counted.values() for e in body["events"] if e["name"] == event)


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        service, url = self.service, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        service.take(Request(self.command, url.path, query, headers, body))
        if service.hanging:
            service.ended.wait(20)
        if service.silent or service.hanging:
            return
        self._reply(200 if url.path == "/checkVersion" and service.status == 204 else service.status)

    def _reply(self, status: int) -> None:
        answer = self.service.answer if status == 200 else b""
        self.send_response(status)
        if self.service.outcome:
            self.send_header("X-Telemetry", self.service.outcome)
        if self.service.version:
            self.send_header("X-Update-Version", self.service.version)
        if self.service.location:
            self.send_header("Location", self.service.location)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


@contextlib.contextmanager
def running() -> Iterator[Service]:
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    with _Server(("127.0.0.1", 0), handler) as server:
        service.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield service
        finally:
            service.ended.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """An address that lets connections neither in nor fail: its queue is full and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def refused_port() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{server.getsockname()[1]}"
