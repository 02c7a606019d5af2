"""A proxy that hands requests on to the service, and may lose answers."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(slots=True)
class Proxy:
    """`outcomes`: the day and what the service said of each post, whether the client heard it or not."""

    target: str
    address: str = ""
    loses_first_answers: bool = False
    """Of each summary."""
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def loses(self, body: bytes) -> bool:
        if not self.loses_first_answers or not body:
            return False
        batch_id = json.loads(body)["batch_id"]
        is_first = batch_id not in self.seen
        self.seen.add(batch_id)
        return is_first

    def pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(self.target).netloc, timeout=10)
        connection.request(handler.command, handler.path, body, dict(handler.headers.items()))
        answer = connection.getresponse()
        if handler.command == "POST":
            self.outcomes.append((json.loads(body)["day"], answer.headers["X-Telemetry"]))
        return answer


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def do_GET(self) -> None:
        self._hand_on()

    def do_POST(self) -> None:
        self._hand_on()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _hand_on(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.closing(self.proxy.pass_on(self, sent)) as answer:
            body = answer.read()
            if self.proxy.loses(sent):
                return
            self.send_response(answer.status)
            for name in ("X-Telemetry", "X-Update-Version"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            if answer.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@contextlib.contextmanager
def between(target: str) -> Iterator[Proxy]:
    proxy = Proxy(target)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        proxy.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
