"""`GET /telemetry/web`: the report of pages, as JSON or its daily rows as CSV."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.pages.filters import PARAMETERS, read_filter
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.routes.reports import SWITCHED_OFF, daily_csv, read_selection, wants_csv
from telemetry_counter.store.page_figures import build_page_report


async def web(request: Request) -> Response:
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    selection = read_selection(request, admin, grants_of(token, admin))
    only = read_filter(read_query(request.scope["query_string"], PARAMETERS))
    report = await build_page_report(service.client, service.keys, admin, selection, only)
    if wants_csv(request.headers.get("accept", "")):
        return Response(daily_csv(report["daily_stats"]), media_type="text/csv")
    return Response(orjson.dumps(report), media_type="application/json")
