"""The application in this process, set as a test of pages wants it."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from telemetry_counter.app import build_app
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

OWNER, SITE, OTHER_SITE = "acme", "docs", "blog"

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 "
    "Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
CAMO = "github-camo (876de43e)"
READER = {"User-Agent": CHROME, "Accept-Language": "de-DE,de;q=0.9"}

PIXEL, HIT = "/api/telemetry/pixel", "/api/telemetry/hit"
GIF, BADGE = f"/telemetry/{OWNER}/{SITE}.gif", f"/telemetry/{OWNER}/{SITE}/badge.svg"


@dataclass(frozen=True, slots=True)
class Running:
    service: Service
    http: httpx.AsyncClient
    token: str

    async def pixel(self, path: str = "/", headers: dict[str, str] | None = None, **query: str) -> str:
        """The outcome of one view."""
        given = {"owner": OWNER, "site": SITE, "path": path, **query}
        answer = await self.http.get(PIXEL, params=given, headers=READER | (headers or {}))
        assert answer.status_code == 200
        return answer.headers["x-telemetry"]

    async def fields(self, site: str = SITE, day: dt.date | None = None) -> dict[str, int]:
        """What is counted of a site's pages today."""
        key = self.service.keys.admin(OWNER).pages(day or self.service.clock.today(), site)
        return await self._hash(key)

    async def refusals(self, site: str = SITE) -> dict[str, int]:
        key = self.service.keys.admin(OWNER).counters(self.service.clock.today(), site)
        return {name.removeprefix("r:"): n for name, n in (await self._hash(key)).items()}

    async def visitors(self, field: str = "all", site: str = SITE) -> int:
        key = self.service.keys.admin(OWNER).visitors(self.service.clock.today(), site, field)
        return int(await self.service.client.pfcount(key))

    async def report(self, query: str = "", **headers: str) -> Any:
        bearer = {"Authorization": f"Bearer {self.token}"} | headers
        return await self.http.get(f"/telemetry/web{query}", headers=bearer)

    async def _hash(self, key: str) -> dict[str, int]:
        fields = await self.service.client.hgetall(key)
        return {name.decode(): int(value) for name, value in fields.items()}  # type: ignore[union-attr]


@asynccontextmanager
async def running(
    client: Client, keys: Keys, clock: UtcDay | None = None, peer: str = "192.0.2.7", **settings: Any
) -> AsyncIterator[Running]:
    """A service with one admin and two sites, which may be there already; all requests come from `peer`."""
    given = {"enable_telemetry": True, "key_prefix": keys.prefix, "commit_budget_ms": 2000, **settings}
    service = Service(Settings(**given), client, clock)
    is_new = OWNER not in await service.registry.admins()
    token = await (service.registry.create_admin if is_new else service.registry.create_token)(OWNER)
    for site in (SITE, OTHER_SITE):
        await service.registry.create_app(OWNER, site)
    await service.start()
    transport = httpx.ASGITransport(build_app(service), client=(peer, 50_000))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
            http.headers.clear()
            yield Running(service, http, token)
    finally:
        await service.stop()
