import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from telemetry_counter.store.connect import open_client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

KEEP_ALIVE_SECONDS, REQUEST_SECONDS, MOST = 1, 2, 200
APPS = 200


@dataclass
class Counted:
    """A service, and an app of it that nobody has used yet."""

    port: int
    token: str
    app: str

    def check(self, *headers: str, version: str = "1") -> bytes:
        """A beacon that counts."""
        lines = [f"GET {self.beacon}&version={version} HTTP/1.1", "Host: x", "X-Device-ID: d", *headers]
        return "\r\n".join([*lines, "", ""]).encode()

    @property
    def beacon(self) -> str:
        return f"/telemetry/beacon?owner=acme&app_name={self.app}"

    def report(self, path: str = "/telemetry") -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}?apps={self.app}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            content: dict[str, Any] = json.load(answer)
            return content

    @property
    def total(self) -> int:
        total: int = self.report()["summary"]["total_requests"]
        return total


@dataclass
class Running:
    port: int
    token: str
    pid: int
    apps: Iterator[int]


async def register(url: str) -> str:
    """An admin and its apps. Returns its token."""
    client = open_client(url)
    registry = Registry(client, Keys())
    token = await registry.create_admin("acme")
    for number in range(APPS):
        await registry.create_app("acme", f"app{number}")
    await client.aclose()
    return token
