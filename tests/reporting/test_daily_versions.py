"""Devices of each version by day, in a report of a single app."""

import pytest
from harness import Harness, harness

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio


async def check(running: Harness, device: str, version: str) -> None:
    query = {"owner": "acme", "app_name": "editor", "version": version}
    answer = await running.http.get("/checkVersion", params=query, headers={"X-Device-ID": device})
    assert answer.headers["x-telemetry"] == "counted"


async def test_devices_by_version_and_day(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True) as running:
        for device, version in (("a", "1.0"), ("b", "1.0"), ("b", "1.1")):
            await check(running, device, version)
        for _ in range(2):  # as it is counted first, and beside what was rolled up
            answer = await running.http.get("/telemetry?range=week&apps=editor", headers=running.bearer)
            rows = answer.json()["daily_versions"]
            assert [row["usage"] for row in rows[:-1]] == [[]] * 7
            assert rows[-1]["usage"] == [
                {"version": "1.0", "client_count": 2},
                {"version": "1.1", "client_count": 1},
            ]
        year = (await running.http.get("/telemetry?range=year&apps=editor", headers=running.bearer)).json()
        assert len(year["daily_versions"]) == 366
        assert year["daily_versions"][-1] == rows[-1]


async def test_several_apps_have_none(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True) as running:
        report = (await running.http.get("/telemetry?range=week", headers=running.bearer)).json()
        assert "daily_versions" not in report
