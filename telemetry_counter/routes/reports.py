"""`GET /telemetry`, the report as JSON or its daily rows as CSV or NDJSON, and `GET /telemetry/adoption`."""

from collections.abc import Collection
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import Forbidden, InvalidInput, Unauthorized
from telemetry_counter.reporting import adoption, export, extras
from telemetry_counter.reporting.selection import PARAMETERS, Grants, Reach, parse_selection
from telemetry_counter.reporting.spelling import expect_known
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.service import Service
from telemetry_counter.store.reading.adoption import build_adoption
from telemetry_counter.store.reading.full_reports import build_full_report

MAX_QUERY_BYTES = 32_768
"""Room for the longest lists that are taken: 4 of 100 names of 64 characters."""

SWITCHED_OFF = "Telemetry is off on this service; its operator can switch it on with ENABLE_TELEMETRY=true."


async def telemetry(request: Request) -> Response:
    service, admin, grants = asker(request)
    parameters = only_known(request, PARAMETERS | extras.PARAMETERS)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    selection = parse_selection(parameters, reach, admin.apps, grants, with_year=True)
    more = extras.parse_extras(parameters)
    report = await build_full_report(
        service.client, service.keys, admin, selection, service.now(), reach, more
    )
    return respond(report, export.preferred_form(request.headers.get("accept", "")))


async def show_adoption(request: Request) -> Response:
    service, admin, grants = asker(request)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    asked = adoption.parse(only_known(request, adoption.PARAMETERS), reach, admin.apps, grants)
    answer = await build_adoption(service.client, service.keys, admin, asked, service.now())
    return Response(orjson.dumps(answer), media_type=export.JSON)


def asker(request: Request) -> tuple[Service, Admin, Grants | None]:
    """Whose figures are asked for, and by what the token may filter them."""
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    return service, admin, grants_of(token, admin)


def read_parameters(request: Request, known: Collection[str]) -> dict[str, str]:
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_QUERY_BYTES:
        raise InvalidInput(f"The query is longer than {MAX_QUERY_BYTES} bytes.")
    return read_query(query, known)


def only_known(request: Request, known: Collection[str]) -> dict[str, str]:
    """Raises InvalidInput for any other: a filter that is ignored gives figures nobody asked for."""
    parameters = read_parameters(request, known)
    expect_known(request.scope["query_string"], known)
    return parameters


def respond(report: dict[str, Any], form: str) -> Response:
    """The report, or its daily rows in the form of a table."""
    if form == export.CSV:
        return StreamingResponse(export.csv_lines(report["daily_stats"]), media_type=export.CSV)
    if form == export.NDJSON:
        return StreamingResponse(export.ndjson_lines(report["daily_stats"]), media_type=export.NDJSON)
    return Response(orjson.dumps(report), media_type=export.JSON)
