"""`/dashboard`: all apps at a glance."""

from dataclasses import replace

from telemetry_counter.dashboard.first_check import first_check, no_app
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.overview import Overview, overview
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_asking import asked_of
from telemetry_counter.routes.dashboard_comparing import compared_report
from telemetry_counter.store.reading.app_days import read_app_days
from telemetry_counter.store.reading.app_views import read_views
from telemetry_counter.store.reading.reports import both


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
    closed = admin.apps.keys() - visit.grants.apps if visit.grants else ()
    view = overview(asked, report, apps, admin.apps, now, against, views, closed)
    if not report["summary"]["total_requests"] and not views and asked.is_whole:
        view = replace(view, first_check=first_check(visit.base_url, admin.name, min(admin.apps)))
    return Page("overview.html", "Overview", view)
