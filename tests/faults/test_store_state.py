"""What `/metrics` and `/ready` tell while the store is gone, and when it is back."""

from time import monotonic

import anyio
import pytest
from metrics.exposition import Scrape
from trials.connection import get
from trials.traffic import BROWSER
from trials.world import World, world

pytestmark = pytest.mark.anyio

HITS = 20


async def scrape(of: World) -> Scrape:
    answer = await of.ask(get("/metrics").replace(b"Host: counter", b"Host: 127.0.0.1"))
    assert answer is not None
    return Scrape(answer.body.decode())


async def until_up(of: World, state: int) -> Scrape:
    with anyio.fail_after(10):
        while (told := await scrape(of)).value("telemetry_store_up") != state:
            await anyio.sleep(0.05)
    return told


async def test_the_metrics_follow_a_store_that_goes_and_comes_back(own_store: str) -> None:
    async with world(own_store, COMMIT_BUDGET_MS="20") as trial:
        app = await trial.open_app()
        request = get(
            f"/telemetry/beacon?app_name={app}&owner=acme&version=1&channel=stable", X_Device_ID="one"
        )
        told = await until_up(trial, 1)
        assert (told.value("telemetry_buffer_hits"), told.value("telemetry_commit_failures_total")) == (0, 0)

        trial.store.kill()
        for _ in range(HITS):
            answer = await trial.ask(request)
            assert answer is not None
            assert answer.header(b"x-telemetry") == b"pending"
        told = await until_up(trial, 0)
        ready = await trial.ask(get("/ready"))
        assert ready is not None
        assert ready.status == 503
        assert told.value("telemetry_buffer_hits") == HITS
        assert told.value("telemetry_buffer_bytes") > 0
        assert told.value("telemetry_commit_failures_total") > 0
        route = {"route": "/telemetry/beacon", "outcome": "pending"}
        assert told.value("telemetry_hits_total", **route) == HITS

        trial.store.start()
        told = await until_up(trial, 1)
        assert await trial.settled()
        told = await scrape(trial)
        assert (told.value("telemetry_buffer_hits"), told.value("telemetry_buffer_bytes")) == (0, 0)
        assert told.value("telemetry_commit_hits_sum") == HITS
        assert told.value("telemetry_commit_seconds_sum") > 0.05


async def test_a_pages_badge_does_not_wait_for_a_store_that_hangs(own_store: str) -> None:
    async with world(own_store) as trial:
        app = await trial.open_app()
        request = get(f"/telemetry/acme/{app}/badge.svg?force=true&url=https://e.org/", User_Agent=BROWSER)
        shown = await trial.ask(request)
        assert shown is not None
        assert b">?<" not in shown.body
        trial.store.freeze()
        try:
            begun = monotonic()
            shown = await trial.ask(request)
        finally:
            trial.store.thaw()
        assert (
            monotonic() - begun < 1.5
        )  # the budget of the commit, the same again to read, and a slow machine
        assert shown is not None
        assert shown.header(b"x-telemetry") == b"pending"
        assert b">?<" in shown.body
