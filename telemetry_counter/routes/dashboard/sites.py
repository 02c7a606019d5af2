"""`/dashboard/sites/{app}`: who reads what, from where."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import NOTHING_BEFORE, compared
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.dashboard.site import Leads, SiteView, site_figures, site_view, sum_of
from telemetry_counter.pages.filters import PARAMETERS, read_filter
from telemetry_counter.reporting.extras import is_kept
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.asking import asked_of
from telemetry_counter.store.reading.page_figures import build_page_report


@dataclass(frozen=True, slots=True)
class SitePage:
    asked: Asked
    against: str
    app: str
    embed: str
    sides: Sequence[Choice]
    site: SiteView


async def show_site(visit: Visit) -> Page:
    app = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "sites", app, app=app, more=PARAMETERS)
    only = read_filter(asked.query)
    service, pair, against = visit.service, compared(selection, visit.reach.today), NOTHING_BEFORE
    report = await build_page_report(service.client, service.keys, visit.admin, selection, only)
    if pair and is_kept(pair.before, visit.reach):
        then = await build_page_report(service.client, service.keys, visit.admin, pair.before, only)
        against = pair.against(sum_of(report, pair.now.days), then["summary"])
    leads = Leads(
        of_day=asked.of_day,
        of_path=lambda path: asked.but(path=path),
        of_referrer=lambda referrer: asked.but(referrer=referrer),
    )
    figures = site_figures(report, against, is_day_open=asked.ends_today)
    view = site_view(report, figures, leads)
    choices = sides(visit.links, app, "sites", asked.query)
    return Page("site.html", app, SitePage(asked, against.said, app, embed(visit, app), choices, view))


def embed(visit: Visit, app: str) -> str:
    """The line that counts a page."""
    owner = visit.admin.name
    return f'<script defer src="{visit.base_url}/hit.js" data-site="{app}" data-owner="{owner}"></script>'
