import datetime as dt

import pytest
from harness import OWNER, Harness

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.housekeeping import Housekeeping
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits

pytestmark = pytest.mark.anyio


async def test_closed_days_outlive_their_sketches(service: Harness) -> None:
    inner = service.service
    day = inner.clock.today() - dt.timedelta(days=2)
    batch = Batch(OWNER, day)
    batch.number = 1
    batch.add(Cell(Check(OWNER, "editor", "1.0", "stable", "linux", "amd64", "", "")), b"12345678")
    await Commits(inner.client, inner.keys, Limits(), inner.clock).send(batch)
    await Housekeeping(inner).keep()

    keys = inner.keys.admin(OWNER)
    await inner.client.delete(keys.counters(day, "editor"), keys.cells(day, "editor"))
    year = (await service.http.get("/telemetry?range=year", headers=service.bearer)).json()
    rows = {row["date"]: row for row in year["daily_stats"]}
    assert rows[day.isoformat()]["total_requests"] == 1
    assert rows[day.isoformat()]["unique_clients"] == 1
    assert await inner.client.hkeys(inner.keys.counting)


async def test_adoption_is_served(service: Harness) -> None:
    await service.publish("editor", "1.1")
    answer = await service.http.get("/telemetry/adoption?app=editor&channel=stable", headers=service.bearer)
    assert answer.status_code == 200
    assert answer.json()["releases"][0]["version"] == "1.1"
    missing = await service.http.get("/telemetry/adoption?channel=stable", headers=service.bearer)
    assert missing.json() == {"error": "app is missing or empty."}
