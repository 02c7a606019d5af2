import datetime as dt

import anyio
import pytest
from harness import OWNER, Harness, harness

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.housekeeping import Housekeeping, pause
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys, day_stamp

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


@pytest.mark.parametrize("is_on", [True, False])
async def test_old_history_goes_with_telemetry_off_and_without_apps(
    client: Client, keys: Keys, is_on: bool
) -> None:
    async with harness(client, keys, enable_telemetry=is_on) as running:
        inner = running.service
        await inner.registry.create_admin("idle")
        await inner.refresh()
        oldest = inner.clock.today() - dt.timedelta(days=inner.settings.history_days)
        days = [day_stamp(oldest - dt.timedelta(days=back)) for back in (0, 1)]
        for name in ("idle", OWNER):
            await client.hset(keys.admin(name).history, mapping=dict.fromkeys(days, "{}"))
        await Housekeeping(inner).keep()
        for name in ("idle", OWNER):
            assert await client.hkeys(keys.admin(name).history) == [days[0].encode()]


async def test_a_service_that_starts_says_at_once_that_it_counts(service: Harness) -> None:
    inner = service.service
    await inner.client.delete(inner.keys.counting)
    housekeeping = Housekeeping(inner)
    housekeeping.start()
    try:
        with anyio.fail_after(2):
            while not await inner.client.hkeys(inner.keys.counting):
                await anyio.sleep(0.01)
    finally:
        await housekeeping.stop()


@pytest.mark.parametrize(
    ("at", "seconds"), [("12:00:00", 600), ("23:50:00", 600), ("23:59:58", 5), ("00:00:00", 600)]
)
def test_the_first_thing_of_a_day_is_to_say_it(at: str, seconds: float) -> None:
    now = dt.datetime.fromisoformat(f"2025-06-16T{at}+00:00")
    assert pause(now, 3.0) == seconds


async def test_adoption_is_served(service: Harness) -> None:
    await service.publish("editor", "1.1")
    answer = await service.http.get("/telemetry/adoption?app=editor&channel=stable", headers=service.bearer)
    assert answer.status_code == 200
    assert answer.json()["releases"][0]["version"] == "1.1"
    missing = await service.http.get("/telemetry/adoption?channel=stable", headers=service.bearer)
    assert missing.json() == {"error": "app is missing or empty."}
