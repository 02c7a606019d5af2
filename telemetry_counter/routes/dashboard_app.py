"""`/dashboard/apps/{app}`: an app's versions, platforms and releases."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard.app import AppView, Facts, app_view
from telemetry_counter.dashboard.changes import is_comparable
from telemetry_counter.dashboard.first_check import first_check
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.dashboard.wording import span
from telemetry_counter.releases.offers import DEFAULT_CHANNEL
from telemetry_counter.reporting import adoption
from telemetry_counter.reporting.extras import Extras
from telemetry_counter.reporting.selection import Filters, Selection, dates, previous
from telemetry_counter.reporting.spread import Spread
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_asking import asked_of
from telemetry_counter.store.reading.adoption import build_adoption
from telemetry_counter.store.reading.full_reports import build_full_report, read_active
from telemetry_counter.store.reading.history import read_history
from telemetry_counter.store.reading.reports import both
from telemetry_counter.store.reading.spread import read_spread


async def show_app(visit: Visit) -> Page:
    name = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "apps", name, app=name, with_year=True)
    app = visit.admin.apps[name]
    before = previous(selection)
    facts = await _facts(visit, app, selection)
    of_app = sides(visit.links, name, "apps", asked.query)
    view = app_view(
        app, asked, selection, facts, of_app, visit.grants, visit.service.now(), span(before.days)
    )
    return Page("app.html", name, _with_advice(visit, app, view, selection))


async def _facts(visit: Visit, app: App, selection: Selection) -> Facts:
    (report, active), (spread, (known, adopted)) = await both(
        both(_report(visit, selection), _active(visit, selection)),
        both(_spread(visit, app, selection), both(_known(visit, app), _adoption(visit, app, selection))),
    )
    return Facts(report, active, spread, adopted, known)


async def _report(visit: Visit, selection: Selection) -> dict[str, Any]:
    service, reach = visit.service, visit.reach
    compare = not selection.is_history and is_comparable(selection, previous(selection), reach)
    return await build_full_report(
        service.client, service.keys, visit.admin, selection, service.now(), reach, Extras(compare=compare)
    )


async def _active(visit: Visit, selection: Selection) -> Mapping[str, Any]:
    """Up to the last day of the selection."""
    service, last = visit.service, replace(selection, days=selection.days[-1:], is_history=False)
    (row,) = await read_active(service.client, service.keys, visit.admin, last, service.now(), visit.reach)
    return row


async def _known(visit: Visit, app: App) -> dict[str, list[str]]:
    """Values seen on the last closed day, whatever the filters."""
    closed = visit.reach.today - dt.timedelta(days=1)
    own = visit.service.keys.admin(visit.admin.name)
    records = await read_history(visit.service.client, own, [closed])
    record = records[closed].apps.get(app.name) if closed in records else None
    if record is None:
        return {}
    return {
        "channels": list(record.channels),
        "platforms": list(record.platforms),
        "architectures": list(record.architectures),
    }


async def _spread(visit: Visit, app: App, selection: Selection) -> Spread:
    """On the last day of the selection that is over, or on its only one."""
    closed = [day for day in selection.days if day < visit.reach.today]
    day = closed[-1] if closed else selection.days[-1]
    service = visit.service
    return await read_spread(service.client, service.keys, visit.admin, app.name, day, selection.filters)


async def _adoption(visit: Visit, app: App, selection: Selection) -> dict[str, Any] | None:
    """None where there is nothing to adopt, or the bearer may not ask for the channel."""
    service, reach = visit.service, visit.reach
    if not app.releases:
        return None
    days = dates(reach.first, max(selection.days[-1], reach.first))
    channel, platform, arch = _place(app, selection.filters)
    question = adoption.Question(app.name, channel, platform, arch, days)
    return await build_adoption(service.client, service.keys, visit.admin, question, service.now())


def _place(app: App, filters: Filters) -> tuple[str, str, str]:
    """What releases are followed for: what is filtered by, else the channel that most programs take."""
    channels = {release.channel for release in app.releases}
    usual = DEFAULT_CHANNEL if channels & {"", DEFAULT_CHANNEL} else min(channels)
    asked = (filters.channels, filters.platforms, filters.architectures)
    channel, platform, arch = (values[0] if len(values) == 1 else "" for values in asked)
    return channel or usual, platform, arch


def _with_advice(visit: Visit, app: App, view: AppView, selection: Selection) -> AppView:
    """Where nothing was counted on any day that is kept, how to send a first check."""
    if not view.empty or selection.filters or not view.asked.is_whole:
        return view
    return replace(view, first_check=first_check(visit.base_url, visit.admin.name, app.name))
