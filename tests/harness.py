"""The application in this process, over a store that the tests started."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from telemetry_counter.app import build_app
from telemetry_counter.events.declaration import parse_declaration
from telemetry_counter.releases.release import release_from_input
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

OWNER = "acme"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Harness:
    """`token` is the admin's."""

    service: Service
    http: httpx.AsyncClient
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def publish(self, app: str, version: str, **values: object) -> str:
        """Publishes and lets the service see it; the release's id."""
        given = {"published": LONG_AGO, "packages": {"": f"https://e.org/{app}-{version}.zip"}} | values
        release = release_from_input(app=app, version=version, **given)  # type: ignore[arg-type]
        stored = await self.service.registry.publish(OWNER, release)
        await self.service.refresh()
        return stored.id

    async def declare(self, app: str, toml: str) -> None:
        """Declares the events of `app`, and lets the service see it."""
        await self.service.registry.declare(OWNER, app, parse_declaration(toml)[1])
        await self.service.refresh()

    async def counters(self, app: str) -> dict[str, int]:
        key = self.service.keys.admin(OWNER).counters(self.service.clock.today(), app)
        fields = await self.service.client.hgetall(key)
        return {name.decode(): int(value) for name, value in fields.items()}  # type: ignore[union-attr]


SECRET = "sketches estimate the same every time"
DEFAULTS: dict[str, Any] = {"secret_key": SECRET, "commit_budget_ms": 2000}


@asynccontextmanager
async def harness(
    client: Client, keys: Keys, *, enable_telemetry: bool, **given: Any
) -> AsyncIterator[Harness]:
    settings = Settings(enable_telemetry=enable_telemetry, key_prefix=keys.prefix, **DEFAULTS | given)
    service = Service(settings, client)
    token = await service.registry.create_admin(OWNER)
    for app in ("editor", "player"):
        await service.registry.create_app(OWNER, app)
    await service.start()
    transport = httpx.ASGITransport(build_app(service))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
            yield Harness(service, http, token)
    finally:
        await service.stop()
