"""`/dashboard/sites/{app}`: who reads what, from where."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard import wording
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import is_comparable
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.dashboard.site import Leads, SiteView, site_figures, site_view
from telemetry_counter.pages.filters import PARAMETERS, read_filter
from telemetry_counter.reporting.selection import previous
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_asking import asked_of
from telemetry_counter.store.reading.page_figures import build_page_report


@dataclass(frozen=True, slots=True)
class SitePage:
    asked: Asked
    app: str
    embed: str
    sides: Sequence[Choice]
    site: SiteView


async def show_site(visit: Visit) -> Page:
    app = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "sites", app, app=app, more=PARAMETERS)
    only = read_filter(asked.query)
    service, before = visit.service, previous(selection)
    report = await build_page_report(service.client, service.keys, visit.admin, selection, only)
    then = None
    if is_comparable(selection, before, visit.reach):
        then = await build_page_report(service.client, service.keys, visit.admin, before, only)
    leads = Leads(
        of_day=asked.of_day,
        of_path=lambda path: asked.but(path=path),
        of_referrer=lambda referrer: asked.but(referrer=referrer),
    )
    figures = site_figures(report, then, wording.span(before.days), is_day_open=asked.ends_today)
    view = site_view(report, figures, leads)
    shown = SitePage(asked, app, embed(visit, app), sides(visit.links, app, "sites", asked.query), view)
    return Page("site.html", app, shown)


def embed(visit: Visit, app: str) -> str:
    """The line that counts a page."""
    owner = visit.admin.name
    return f'<script defer src="{visit.base_url}/hit.js" data-site="{app}" data-owner="{owner}"></script>'
