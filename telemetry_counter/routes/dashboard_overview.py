"""`/dashboard`: all apps at a glance."""

from dataclasses import replace

from telemetry_counter.dashboard.changes import is_comparable
from telemetry_counter.dashboard.first_check import first_check, no_app
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.overview import Overview, overview
from telemetry_counter.dashboard.wording import span
from telemetry_counter.reporting.extras import Extras
from telemetry_counter.reporting.selection import previous
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_asking import asked_of
from telemetry_counter.store.reading.app_days import read_app_days
from telemetry_counter.store.reading.full_reports import build_full_report
from telemetry_counter.store.reading.reports import both


async def show_overview(visit: Visit) -> Page:
    service, admin, now = visit.service, visit.admin, visit.service.now()
    selection, asked = asked_of(visit, with_year=True)
    if not admin.apps:
        return Page("overview.html", "Overview", Overview(asked, (), None, None, (), no_app(admin.name)))
    before = previous(selection)
    extras = Extras(compare=not selection.is_history and is_comparable(selection, before, visit.reach))
    report, apps = await both(
        build_full_report(service.client, service.keys, admin, selection, now, visit.reach, extras),
        read_app_days(service.client, service.keys, admin, selection, visit.reach),
    )
    view = overview(asked, report, apps, admin.apps, now, span(before.days))
    if not report["summary"]["total_requests"] and asked.is_whole:
        view = replace(view, first_check=first_check(visit.base_url, admin.name, min(admin.apps)))
    return Page("overview.html", "Overview", view)
