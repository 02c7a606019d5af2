"""`GET /telemetry/web`: the report of pages as JSON, or its daily rows as CSV or NDJSON."""

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.pages import filters
from telemetry_counter.reporting.export import preferred_form
from telemetry_counter.reporting.selection import PARAMETERS, Reach, parse_selection
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.routes.reports import SWITCHED_OFF, read_parameters, respond
from telemetry_counter.store.page_figures import build_page_report


async def web(request: Request) -> Response:
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    parameters = read_parameters(request, PARAMETERS | filters.PARAMETERS)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    selection = parse_selection(parameters, reach, admin.apps, grants_of(token, admin))
    only = filters.read_filter(parameters)
    report = await build_page_report(service.client, service.keys, admin, selection, only)
    return respond(report, preferred_form(request.headers.get("accept", "")))
