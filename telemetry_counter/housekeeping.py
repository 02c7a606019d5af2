"""What a service does beside answering: it keeps the plain figures of closed days, and forgets the oldest."""

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.clock import end_of_day
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting.selection import Reach
from telemetry_counter.service import Service
from telemetry_counter.store.reading.history import forget_history, keep_history
from telemetry_counter.store.service_days import mark_day

log = logging.getLogger("telemetry_counter.housekeeping")

FIRST_SECONDS = 20.0
EVERY_SECONDS = 600.0
TURN_SECONDS = 5.0


class Housekeeping:
    """Safe in every worker at once: the same day gives the same figures.

    With telemetry off it only forgets.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        self._ended = True
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def keep(self) -> None:
        """Once. Raises StoreUnavailable."""
        await self._mark()
        service = self._service
        for admin in service.snapshot.admins.values():
            await (self._keep if service.settings.enable_telemetry else self._forget)(admin)

    async def _mark(self) -> None:
        service = self._service
        if service.settings.enable_telemetry:
            await mark_day(service.client, service.keys, service.clock.today())

    async def _keep(self, admin: Admin) -> None:
        service, settings = self._service, self._service.settings
        reach = Reach(service.clock.today(), settings.retention_days)
        days = await keep_history(
            service.client, service.keys, admin, reach, settings.history_days, service.now()
        )
        if days:
            log.info("History of %s: %d closed days counted, the last %s.", admin.name, len(days), days[-1])

    async def _forget(self, admin: Admin) -> None:
        service = self._service
        before = service.clock.today() - dt.timedelta(days=service.settings.history_days)
        await forget_history(service.client, service.keys.admin(admin.name), before)

    async def _go_on(self) -> None:
        await self._try(self._mark)
        # Workers that start together do not all do the rest at once.
        pause_seconds = random.uniform(0, FIRST_SECONDS)  # noqa: S311
        while not self._ended:
            await asyncio.sleep(pause_seconds)
            await self._try(self.keep)
            pause_seconds = pause(self._service.now(), random.uniform(0, TURN_SECONDS))  # noqa: S311

    async def _try(self, chore: Callable[[], Awaitable[None]]) -> None:
        try:
            await chore()
        except StoreUnavailable as error:
            log.warning("Closed days are counted later: %s", error)
        except Exception:  # one day that cannot be counted must not end the rest
            log.exception("Closed days could not be counted.")


def pause(now: dt.datetime, turn_seconds: float) -> float:
    """Seconds until the next time, of which one is so many seconds after the day's turn."""
    return min(EVERY_SECONDS, (end_of_day(now.date()) - now).total_seconds() + turn_seconds)
