"""How often a store that fails is complained about."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.logs import fields_of
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings
from telemetry_counter.store import complaints
from telemetry_counter.store.complaints import Complaint
from telemetry_counter.store.connect import open_client

RELAPSE_SECONDS = 0.1
log = logging.getLogger("telemetry_counter.complaints")


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Callable[[float], list[str]]:
    """Two outages, the second so long after the first began; what was logged."""
    monkeypatch.setattr(complaints, "RELAPSE_SECONDS", RELAPSE_SECONDS)
    caplog.set_level(logging.INFO, "telemetry_counter")

    async def both(pause_seconds: float) -> None:
        service = Service(Settings(), open_client("unix:///nowhere"))
        failing = [True]

        async def refresh(known: object) -> object:
            if failing[0]:
                raise StoreUnavailable("gone")
            return known

        monkeypatch.setattr(service.registry, "refresh", refresh)
        service.hasher = service.hasher or object()  # type: ignore[assignment]  # it is never asked
        for _ in range(2):
            for failing[0] in (True, True, False, False):
                await service.refresh()
            await asyncio.sleep(pause_seconds)
        await service.client.aclose()

    def run(pause_seconds: float) -> list[str]:
        asyncio.run(both(pause_seconds))
        return [record.getMessage() for record in caplog.records]

    return run


PAIR = ["The store is away; update checks are still answered: gone", "The store answers."]


def test_a_second_outage_is_told_as_the_first(outage: Callable[[float], list[str]]) -> None:
    assert outage(2 * RELAPSE_SECONDS) == PAIR * 2


def test_a_store_that_comes_and_goes_does_not_flood_the_log(outage: Callable[[float], list[str]]) -> None:
    assert outage(0) == PAIR


def test_hits_are_named_only_where_they_are_meant(caplog: pytest.LogCaptureFixture) -> None:
    async def complain() -> None:
        Complaint(log, "It is away: %(why)s").say(0, "gone")
        Complaint(log, "%(hits)d were lost").say(3)

    asyncio.run(complain())
    away, lost = caplog.records
    assert fields_of(away) == {"why": "gone"}
    assert fields_of(lost)["hits"] == 3
