"""`/dashboard/apps/{app}`: an app's versions, platforms and releases."""

import datetime as dt
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard.adoption import Adoption
from telemetry_counter.dashboard.adoption import adoption as adoption_view
from telemetry_counter.dashboard.app import AppView, Facts, app_view
from telemetry_counter.dashboard.first_check import first_check
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.releases.offers import DEFAULT_CHANNEL
from telemetry_counter.reporting import adoption
from telemetry_counter.reporting.judgement import bench_of
from telemetry_counter.reporting.selection import Filters, Selection, dates
from telemetry_counter.reporting.spread import Spread
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.asking import asked_of
from telemetry_counter.routes.dashboard.comparing import compared_report
from telemetry_counter.store.reading.adoption import build_adoption
from telemetry_counter.store.reading.app_views import read_views
from telemetry_counter.store.reading.full_reports import read_active
from telemetry_counter.store.reading.history import read_history
from telemetry_counter.store.reading.reports import both
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.reading.spread import read_spread

T = TypeVar("T")


async def show_app(visit: Visit) -> Page:
    name = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "apps", name, app=name, with_year=True)
    app = visit.admin.apps[name]
    facts = await AppFacts(visit, app, selection).read()
    view = app_view(
        app,
        asked,
        selection,
        facts,
        sides(visit.links, name, "apps", asked.query),
        visit.grants,
        visit.service.now(),
    )
    return Page("app.html", name, await _with_advice(visit, app, view, selection))


@dataclass(frozen=True, slots=True)
class AppFacts:
    """Reads what the page shows: today as it is, what only closed days say as it was found first."""

    visit: Visit
    app: App
    selection: Selection

    async def read(self) -> Facts:
        seen, has_checks = await self._seen()
        shown = self._last_closed if has_checks else self.selection.days[-1]
        (report, against), rest = await both(
            compared_report(self.visit, self.selection),
            both(
                self._active(seen, shown),
                both(self._spread(seen, shown), both(self._adoption(seen), self._known())),
            ),
        )
        active, (spread, (adopted, known)) = rest
        return Facts(report, active, spread, adopted, known, against)

    @property
    def _last_closed(self) -> dt.date:
        """The last day of the selection that is over, or its only one."""
        closed = [day for day in self.selection.days if day < self.visit.reach.today]
        return closed[-1] if closed else self.selection.days[-1]

    async def _seen(self) -> tuple[Hashable, bool]:
        """What all closed days depend on, which changes with whatever is counted late; and whether those
        of the selection had a check."""
        reach, service = self.visit.reach, self.visit.service
        closed = dates(reach.first, reach.today - dt.timedelta(days=1))
        own = service.keys.admin(self.visit.admin.name)
        counted, revisions = await Rollups(service.client, own).fingerprint(closed)
        checks = tuple(counts.get(self.app.name, 0) for counts in counted)
        bench = bench_of(self.app.history)
        released = (bench.digest, bench.settled(service.now()))
        has_checks = any(
            count for day, count in zip(closed, checks, strict=True) if day in self.selection.days
        )
        return (self.visit.admin.name, self.app.name, reach, checks, tuple(revisions), released), has_checks

    async def _closed(self, day: dt.date, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Remembered, unless it is about today."""
        if day >= self.visit.reach.today:
            return await ask()
        return await self.visit.closed_days.answer((day, self.selection.filters, key), ask)

    async def _active(self, seen: Hashable, shown: dt.date) -> Mapping[str, Any]:
        """Up to the last day; under a filter, which takes reading a month of cells, up to the one shown."""
        service, reach = self.visit.service, self.visit.reach
        last = shown if self.selection.filters else self.selection.days[-1]
        asked = replace(self.selection, days=(last,), is_history=False)

        async def ask() -> Mapping[str, Any]:
            (row,) = await read_active(
                service.client, service.keys, self.visit.admin, asked, service.now(), reach
            )
            return row

        return await self._closed(last, ("active", seen), ask)

    async def _known(self) -> dict[str, list[str]]:
        """Values seen on the last closed day, whatever the filters."""
        closed = self.visit.reach.today - dt.timedelta(days=1)
        own = self.visit.service.keys.admin(self.visit.admin.name)
        records = await read_history(self.visit.service.client, own, [closed])
        record = records[closed].apps.get(self.app.name) if closed in records else None
        if record is None:
            return {}
        return {
            "channels": list(record.channels),
            "platforms": list(record.platforms),
            "architectures": list(record.architectures),
        }

    async def _spread(self, seen: Hashable, day: dt.date) -> Spread:
        service = self.visit.service

        async def ask() -> Spread:
            return await read_spread(
                service.client, service.keys, self.visit.admin, self.app.name, day, self.selection.filters
            )

        return await self._closed(day, ("spread", seen), ask)

    async def _adoption(self, seen: Hashable) -> Adoption | None:
        """Up to the last day that is over; None where nothing is published."""
        service, reach, now = self.visit.service, self.visit.reach, self.visit.service.now()
        if not self.app.releases or self._last_closed < reach.first:
            return None
        days = dates(reach.first, self._last_closed)
        question = adoption.Question(self.app.name, *followed(self.app, self.selection.filters), days=days)

        async def ask() -> Adoption:
            answer = await build_adoption(service.client, service.keys, self.visit.admin, question, now)
            return adoption_view(answer, now)

        return await self._closed(days[-1], ("adoption", seen), ask)


def followed(app: App, filters: Filters) -> tuple[str, str, str]:
    """What releases are followed for: what is filtered by, else the channel that most programs take."""
    channels = {release.channel for release in app.releases}
    usual = DEFAULT_CHANNEL if channels & {"", DEFAULT_CHANNEL} else min(channels)
    asked = (filters.channels, filters.platforms, filters.architectures)
    channel, platform, arch = (values[0] if len(values) == 1 else "" for values in asked)
    return channel or usual, platform, arch


async def _with_advice(visit: Visit, app: App, view: AppView, selection: Selection) -> AppView:
    """Where nothing was counted on any day that is kept, its pages or how to send a first check."""
    if not view.empty or selection.filters or not view.asked.is_whole:
        return view
    service, kept = visit.service, dates(visit.reach.first, visit.reach.today)
    if await read_views(service.client, service.keys, visit.admin.name, [app.name], kept):
        elsewhere = Choice("See its pages", visit.links.to("sites", app.name))
        return replace(view, empty=f"No update check of {app.name}; it has page views.", elsewhere=elsewhere)
    return replace(view, first_check=first_check(visit.base_url, visit.admin.name, app.name))
