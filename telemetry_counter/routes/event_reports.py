"""`GET /telemetry/events`: the report of events as JSON, or its daily rows as CSV or NDJSON."""

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.reporting.export import preferred_form
from telemetry_counter.reporting.selection import PARAMETERS, Reach, parse_selection
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.routes.reports import SWITCHED_OFF, read_parameters, respond
from telemetry_counter.store.event_figures import build_event_report


async def events(request: Request) -> Response:
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    reach = Reach(service.clock.today(), service.settings.retention_days)
    parameters = read_parameters(request, PARAMETERS)
    selection = parse_selection(parameters, reach, admin.apps, grants_of(token, admin))
    report = await build_event_report(service.client, service.keys, admin, selection)
    return respond(report, preferred_form(request.headers.get("accept", "")))
