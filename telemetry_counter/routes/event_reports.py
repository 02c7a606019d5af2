"""`GET /telemetry/events`: the report of events as JSON, or its daily rows as CSV or NDJSON."""

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.reporting.export import preferred_form
from telemetry_counter.reporting.selection import PARAMETERS, Reach, parse_selection
from telemetry_counter.routes.reports import asker, only_known, respond
from telemetry_counter.store.reading.event_figures import build_event_report


async def events(request: Request) -> Response:
    service, admin, grants = asker(request)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    parameters = only_known(request, PARAMETERS)
    selection = parse_selection(parameters, reach, admin.apps, grants)
    report = await build_event_report(service.client, service.keys, admin, selection)
    return respond(report, preferred_form(request.headers.get("accept", "")))
