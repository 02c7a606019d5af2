"""A service behind each of the sample configurations."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from running import Installation

from .proxies import caddy, nginx

READER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
READER_ADDRESS = "127.0.0.2"
"""Not the proxy's own, which is 127.0.0.1."""

ROOT = "/counter"
PROXIES = ["nginx-host", "nginx-path", "nginx-path-off", "caddy-host", "caddy-path"]


@dataclass(frozen=True, slots=True)
class Running:
    installation: Installation
    token: str


@dataclass(frozen=True, slots=True)
class Front:
    """`root`: the path before all paths; `direct`: the service itself."""

    http: httpx.Client
    root: str
    token: str
    direct: str
    port: int

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(self.root + path, headers=headers)

    def summary(self, path: str = "/telemetry") -> dict[str, int]:
        report: dict[str, dict[str, int]] = self.get(path, **self.bearer).json()
        return report["summary"]


@contextmanager
def running(root: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as directory:
        settings = {"ROOT_PATH": root, "TRUSTED_PROXIES": "127.0.0.1", "REDIS_URL": ""}
        installation = Installation(Path(directory), settings)
        with installation.serving():
            token = installation.run("admin", "create", "acme").stdout.strip()
            for app in ("docs", "editor"):
                installation.run("app", "create", f"acme/{app}")
            yield Running(installation, token)


@pytest.fixture(scope="module")
def on_a_host() -> Iterator[Running]:
    with running("") as service:
        yield service


@pytest.fixture(scope="module")
def below_a_path() -> Iterator[Running]:
    with running(ROOT) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES)
def front(request: pytest.FixtureRequest, on_a_host: Running, below_a_path: Running) -> Iterator[Front]:
    kind, place, *rest = request.param.split("-")
    root, site, service = (ROOT, "base-path", below_a_path) if place == "path" else ("", "host", on_a_host)
    port = service.installation.port
    with tempfile.TemporaryDirectory() as text:
        directory = Path(text)
        served = (
            nginx(f"{site}.conf", directory, port, strips=bool(rest))
            if kind == "nginx"
            else caddy(f"{site}.Caddyfile", directory, port)
        )
        transport = httpx.HTTPTransport(local_address=READER_ADDRESS)
        headers = {"User-Agent": READER}
        with served as address, httpx.Client(base_url=address, transport=transport, headers=headers) as http:
            wait_for_app(http, root)
            yield Front(http, root, service.token, service.installation.url, port)


def wait_for_app(http: httpx.Client, root: str) -> None:
    """Until the running service has seen what the commands made."""
    path = f"{root}/telemetry/policy?owner=acme&app_name=editor"
    for _ in range(1000):
        if http.get(path).status_code == 200:
            return
    raise RuntimeError("the service does not know of its app")
