"""Answers with figures in them fit the shapes that the document gives them, field by field."""

import datetime as dt
from collections.abc import AsyncIterator

import msgspec
import pytest
from events.bodies import encoded, event, summary
from fakeredis import FakeAsyncRedis
from harness import OWNER, Harness, harness

from telemetry_counter.openapi.page_shapes import EventReport, PageReport
from telemetry_counter.openapi.policy_shapes import Policy
from telemetry_counter.openapi.public_shapes import BadgeEndpoint, PublicStats, WhatThisIs
from telemetry_counter.openapi.report_shapes import Adoption, Report
from telemetry_counter.openapi.shapes import Healthy, Ready, Releases, RequestSeen
from telemetry_counter.openapi.update_shapes import SquirrelUpdate, TauriUpdate
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

BUILD = "owner=acme&app_name=editor&channel=stable&platform=linux&arch=amd64"
READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
DECLARED = """
app = "acme/editor"
read_more = "https://e.org/privacy"
[events.opened]
description = "A document was opened."
properties.kind = { description = "Of document.", values = ["pdf"] }
"""


@pytest.fixture
async def busy(anyio_backend: str) -> AsyncIterator[Harness]:
    """With something of everything."""
    client = FakeAsyncRedis(server_type="valkey")
    async with harness(client, Keys("t:"), enable_telemetry=True) as running:
        registry, http = running.service.registry, running.http
        await running.declare("editor", DECLARED)
        await registry.set_public(OWNER, "editor", True)
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
        await running.publish("editor", "1.1", published=yesterday, changelog="New.", rollout_percent=100)
        for number, version in enumerate(("1.0", "1.1", "1.1")):
            query = f"{BUILD}&version={version}"
            await http.get(f"/checkVersion?{query}", headers={"X-Device-ID": str(number)})
        await http.get("/api/telemetry/pixel?owner=acme&site=editor&path=/a?utm_source=b", headers=READER)
        await http.get("/api/telemetry/pixel?owner=acme&site=editor&path=/a&name=signup", headers=READER)
        today = running.service.clock.today()
        body = encoded(summary(today, event("opened", 2, kind={"pdf": 1})))
        await http.post("/telemetry/events", content=body, headers={"X-Device-ID": "1"})
        await running.service.committer.drain(2)
        yield running
    await client.aclose()


async def fits(busy: Harness, path: str, shape: type) -> None:
    answer = await busy.http.get(path, headers=busy.bearer)
    assert answer.status_code == 200, answer.text
    msgspec.json.decode(answer.content, type=shape)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "range=week",
        "range=week&compare=previous&include=active",
        "range=month&compare=previous",
        "range=year",
        "range=year&apps=editor",
        "apps=editor&channels=stable&platforms=linux",
    ],
)
async def test_reports(busy: Harness, query: str) -> None:
    await fits(busy, f"/telemetry?{query}", Report)


async def test_reports_of_pages_and_events_and_of_adoption(busy: Harness) -> None:
    for query in ("", "range=week", "range=week&apps=editor&channels=stable"):
        await fits(busy, f"/telemetry/events?{query}", EventReport)
        await fits(busy, f"/telemetry/web?{query}", PageReport)
    await fits(busy, "/telemetry/web?path=/a", PageReport)
    await fits(busy, "/telemetry/adoption?app=editor&channel=stable", Adoption)


async def test_all_the_others(busy: Harness) -> None:
    for path, shape in (
        ("/health", Healthy),
        ("/ready", Ready),
        ("/", WhatThisIs),
        ("/telemetry/policy", Policy),
        ("/telemetry/policy?owner=acme&app_name=editor", Policy),
        ("/telemetry/policy?owner=acme&app_name=player", Policy),
        ("/telemetry/request", RequestSeen),
        ("/releases", Releases),
        ("/public/acme/editor/stats.json", PublicStats),
        *((f"/badge/acme/editor/{of}.json", BadgeEndpoint) for of in ("devices", "latest", "version")),
        (f"/checkVersion?{BUILD}&version=1.0&updater=tauri", TauriUpdate),
        (f"/checkVersion?{BUILD}&version=1.0&updater=squirrel_darwin", SquirrelUpdate),
    ):
        await fits(busy, path, shape)
