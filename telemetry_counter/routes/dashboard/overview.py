"""`/dashboard`: all apps at a glance."""

from collections.abc import Sequence
from dataclasses import replace

from telemetry_counter.dashboard.first_check import first_check, no_app
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.overview import Overview, overview
from telemetry_counter.reporting.app_days import AppDays
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.asking import asked_of
from telemetry_counter.routes.dashboard.comparing import compared_report
from telemetry_counter.store.reading.app_days import read_app_days
from telemetry_counter.store.reading.app_views import read_views
from telemetry_counter.store.reading.reports import both, build_report

MAX_JUDGED_TODAY = 50
"""Apps whose day is read by itself, the busiest first: some milliseconds each."""


async def show_overview(visit: Visit) -> Page:
    service, admin, now = visit.service, visit.admin, visit.service.now()
    selection, asked = asked_of(visit, with_year=True)
    if not admin.apps:
        return Page("overview.html", "Overview", Overview(asked, "", (), None, None, (), no_app(admin.name)))
    kept = [day for day in selection.days if day >= visit.reach.first]
    (report, against), (apps, views) = await both(
        compared_report(visit, selection),
        both(
            read_app_days(service.client, service.keys, admin, selection, visit.reach),
            read_views(service.client, service.keys, admin.name, selection.apps, kept),
        ),
    )
    apps = await _with_today(visit, apps) if asked.ends_today else apps
    closed = admin.apps.keys() - visit.grants.apps if visit.grants else ()
    view = overview(asked, report, apps, admin.apps, now, against, views, closed)
    if not report["summary"]["total_requests"] and not views and asked.is_whole:
        view = replace(view, first_check=first_check(visit.base_url, admin.name, min(admin.apps)))
    return Page("overview.html", "Overview", view)


async def _with_today(visit: Visit, apps: Sequence[AppDays]) -> list[AppDays]:
    """Apps that no closed day judges are judged by today so far."""
    waiting = sorted((app for app in apps if app.awaits_judgement()), key=lambda app: -app.total)
    judged = {app.app: await _judged_today(visit, app) for app in waiting[:MAX_JUDGED_TODAY]}
    return [judged.get(app.app, app) for app in apps]


async def _judged_today(visit: Visit, app: AppDays) -> AppDays:
    service, today = visit.service, visit.reach.today
    only = Selection((today,), (app.app,))
    report = await build_report(service.client, service.keys, visit.admin, only, service.now())
    summary = report["summary"]
    return app.judged_on(today, summary["clients_using_latest_version"], summary["clients_outdated"])
