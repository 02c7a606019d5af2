"""`GET /telemetry/web`: the report of pages as JSON, or its daily rows as CSV or NDJSON."""

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.pages import filters
from telemetry_counter.reporting.export import preferred_form
from telemetry_counter.reporting.selection import PARAMETERS, Reach, parse_selection
from telemetry_counter.routes.reports import asker, only_known, respond
from telemetry_counter.store.reading.page_figures import build_page_report


async def web(request: Request) -> Response:
    service, admin, grants = asker(request)
    parameters = only_known(request, PARAMETERS | filters.PARAMETERS)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    selection = parse_selection(parameters, reach, admin.apps, grants)
    only = filters.read_filter(parameters)
    report = await build_page_report(service.client, service.keys, admin, selection, only)
    return respond(report, preferred_form(request.headers.get("accept", "")))
