"""`GET /telemetry/events`: the report of events, as JSON or its daily rows as CSV."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.routes.reports import SWITCHED_OFF, daily_csv, read_selection, wants_csv
from telemetry_counter.store.event_figures import build_event_report


async def events(request: Request) -> Response:
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    selection = read_selection(request, admin, grants_of(token, admin))
    report = await build_event_report(service.client, service.keys, admin, selection)
    if wants_csv(request.headers.get("accept", "")):
        return Response(daily_csv(report["daily_stats"]), media_type="text/csv")
    return Response(orjson.dumps(report), media_type="application/json")
