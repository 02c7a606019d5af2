"""A service behind each of the sample configurations."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from running import Installation

from .proxies import caddy, nginx

READER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
READER_ADDRESS = "127.0.0.2"
"""Not the proxy's own, which is 127.0.0.1."""


@dataclass(frozen=True, slots=True)
class Front:
    """`root`: the path before all paths; `direct`: the service itself."""

    http: httpx.Client
    root: str
    token: str
    direct: str
    port: int
    strips: bool

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(self.root + path, headers=headers)

    def report(self, path: str = "/telemetry") -> dict[str, dict[str, int]]:
        answer: dict[str, dict[str, int]] = self.get(path, **self.bearer).json()
        return answer


PROXIES = ["nginx-host", "nginx-path", "nginx-path-off", "caddy-host", "caddy-path"]


@pytest.fixture(scope="module", params=PROXIES)
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    kind, place, *rest = request.param.split("-")
    root = "/counter" if place == "path" else ""
    site = "base-path" if root else "host"
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        settings = {"ROOT_PATH": root, "TRUSTED_PROXIES": "127.0.0.1", "REDIS_URL": ""}
        installation = Installation(Path(directory), settings)
        if kind == "nginx":
            served = nginx(f"{site}.conf", Path(directory), installation.port, strips=bool(rest))
        else:
            served = caddy(f"{site}.Caddyfile", Path(directory), installation.port)
        address = stack.enter_context(served)
        token = installation.run("admin", "create", "acme").stdout.strip()
        for app in ("docs", "editor"):
            installation.run("app", "create", f"acme/{app}")
        stack.enter_context(installation.serving())
        transport = httpx.HTTPTransport(local_address=READER_ADDRESS)
        http = stack.enter_context(
            httpx.Client(base_url=address, transport=transport, headers={"User-Agent": READER})
        )
        yield Front(http, root, token, installation.url, installation.port, bool(rest))
