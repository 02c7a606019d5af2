"""Answering what a report asks: closed days as they were rolled up, the live day as it is now."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.reporting import report
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.figures import Figures
from telemetry_counter.reporting.judgement import bench_of, judged_at
from telemetry_counter.reporting.rolled import Rolled, Union, digest
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.reporting.slices import LATEST, OUTDATED
from telemetry_counter.reporting.tally import Tally
from telemetry_counter.store.calls import refuses_writes
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.figures import SketchesMissing, count_figures, in_one_part
from telemetry_counter.store.reading.rollups import Rollups
from telemetry_counter.store.reading.tables import read_tables

T = TypeVar("T")
S = TypeVar("S")

NOTHING = Rolled({}, {}, [], {}, {})


async def build_report(
    client: Client, keys: Keys, admin: Admin, selection: Selection, now: dt.datetime
) -> dict[str, Any]:
    """The report of `GET /telemetry` and of the command line; raises StoreUnavailable."""
    figures = await Asked(client, keys.admin(admin.name), admin, selection, now).figures()
    releases = (release for app in selection.apps for release in admin.apps[app].releases)
    end = judged_at(selection.days[-1], now)
    published = report.published_versions(releases, selection.filters, end)
    return report.build(admin.name, selection, figures, published)


class Asked:
    """One selection of one admin at one moment."""

    def __init__(
        self, client: Client, keys: AdminKeys, admin: Admin, selection: Selection, now: dt.datetime
    ) -> None:
        self._client = client
        self._keys = keys
        self._selection = selection
        self._histories = {app: admin.apps[app].history for app in selection.apps}
        self._now = now
        self._end = judged_at(selection.days[-1], now)
        self._rollups = Rollups(client, keys)

    async def figures(self) -> Figures:
        closed = [day for day in self._selection.days if day < self._now.date()]
        live = self._selection.days[len(closed) :]
        try:
            for _ in range(2 if closed else 0):
                with suppress(SketchesMissing):
                    return await self._from_rollup(closed, live)
        except StoreUnavailable as error:
            if not refuses_writes(error):
                raise
        return await self.figures_as_they_are()

    async def figures_as_they_are(self) -> Figures:
        """Read from every day's sketches, past what was rolled up."""
        return await self._add(NOTHING, await self.tally(self._selection.days))

    async def _from_rollup(self, closed: Sequence[dt.date], live: Sequence[dt.date]) -> Figures:
        named = await self._digest(closed)
        rolled, tally = await both(self._rolled(named, closed, live), self.tally(live))
        try:
            return await self._add(rolled, tally)
        except SketchesMissing:
            await self._rollups.forget(named)
            raise

    async def _digest(self, closed: Sequence[dt.date]) -> str:
        counted, revisions = await self._rollups.fingerprint(closed, self._selection.apps)
        return digest(self._selection, closed, counted, revisions, self._histories, self._end)

    async def _rolled(self, named: str, closed: Sequence[dt.date], live: Sequence[dt.date]) -> Rolled:
        rolled = await self._rollups.read(named)
        if rolled is None:
            tally = await self.tally(closed)
            rolled = await self._rollups.build(named, tally, self._now, keep_sketches=bool(live))
        return rolled

    async def _add(self, rolled: Rolled, tally: Tally) -> Figures:
        """What was rolled up, and what was read of the other days."""
        asked = {*tally.unions, ALL, LATEST, OUTDATED} if tally.days else ()
        unions = {
            figure: (rolled.unions.get(figure, Union()).sketches, tuple(tally.unions.get(figure, ())))
            for figure in asked
        }
        of_days = [in_one_part(day.unions) for day in tally.days.values()]
        whole, *days = await count_figures(
            self._client, self._keys, [unions, *of_days], self._rollups.own_sketches(rolled)
        )
        return Figures(
            days=rolled.days | tally.figures_of_days(days),
            devices=rolled.devices | (whole if tally.days else {}),
            active_apps=tally.active_apps.union(rolled.active_apps),
            refusals=dict(tally.refusals + Counter(rolled.refusals)),
            overflow=dict(tally.overflow + Counter(rolled.overflow)),
        )

    async def tally(self, days: Sequence[dt.date]) -> Tally:
        """What the selected apps and cells came to on these days."""
        benches = {app: bench_of(history) for app, history in self._histories.items()}
        tally = Tally.of(days, with_versions=len(self._selection.apps) == 1)
        async for day, app, table in read_tables(self._client, self._keys, self._selection.apps, days):
            tally.add(
                day,
                app,
                self._keys.sketch(day, app, ""),
                table,
                self._selection.filters,
                of_day=benches[app].at(judged_at(day, self._now)),
                of_range=benches[app].at(self._end),
            )
        return tally


async def both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, S]) -> tuple[T, S]:
    """What both return, at the same time; if one fails the other is not left running."""
    of_one, of_other = await asyncio.gather(one, other, return_exceptions=True)
    if isinstance(of_one, BaseException):
        raise of_one
    if isinstance(of_other, BaseException):
        raise of_other
    return of_one, of_other
