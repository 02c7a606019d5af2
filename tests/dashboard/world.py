"""What the walk goes through: a service over the made-up month, with hostile names in it."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from running import Installation
from starlette.applications import Starlette
from starlette.routing import Route

import telemetry_counter.app
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.demo.month import GRANTS, OWNER, TEAM_USER, Month, Tokens
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

from . import hostile
from .crawling import ROOMS

SHARE = 0.08
"""Of the demo's numbers: what a page looks like does not depend on them."""

ADMIN, TEAM = "admin", "team"
NO_PAGES = {
    "/dashboard/style.css",
    "/dashboard/icon.svg",
    "/dashboard/{rest:any}",
    "/public/{owner}/{app}/stats.json",
}


@dataclass(frozen=True, slots=True)
class World:
    url: str
    tokens: Mapping[str, str]


@contextmanager
def made_up() -> Iterator[World]:
    """A running service over the made-up month; its directory's name is short, for the sake of a socket."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory) / "store") as store:
        tokens = asyncio.run(fill(store.url))
        installation = Installation(Path(directory), {"REDIS_URL": "", "RATE_LIMIT": "off"})
        with installation.serving():
            hostile.send(installation.url, OWNER)
            yield World(installation.url, {ADMIN: tokens.admin, TEAM: tokens.team})


async def fill(store_url: str) -> Tokens:
    client, keys = open_client(store_url), Keys()
    try:
        tokens = await Month(Settings(enable_telemetry=True), client, keys, UtcDay(), share=SHARE).fill()
        registry = Registry(client, keys)
        await registry.publish(OWNER, hostile_release())
        await registry.set_public(OWNER, hostile.APP, True)
        granted = type(GRANTS)(apps=GRANTS.apps | {hostile.APP}, platforms=GRANTS.platforms)
        await registry.add_team_user(OWNER, TEAM_USER, granted)
        await registry.add_team_user(OWNER, "W" * 64, granted)
        return tokens
    finally:
        await client.aclose()


def hostile_release() -> Release:
    return release_from_input(
        app=hostile.APP,
        version=hostile.VERSION,
        channel=hostile.NAME,
        changelog=hostile.CHANGELOG,
        packages={"": "https://e.org/'();alert(1)"},
        published=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    )


def page_routes() -> tuple[Route, ...]:
    """Of pages: what the app's own table has in the rooms that are walked."""
    tables: list[Sequence[Any]] = []

    def starlette(*, routes: Sequence[Any], **given: Any) -> Starlette:
        tables.append(routes)
        return Starlette(routes=routes, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telemetry_counter.app, "Starlette", starlette)
        telemetry_counter.app.build_app(Service(Settings(), FakeAsyncRedis()))
    return tuple(
        route
        for route in tables[0]
        if route.path.startswith(ROOMS) and route.path not in NO_PAGES and "GET" in (route.methods or ())
    )
