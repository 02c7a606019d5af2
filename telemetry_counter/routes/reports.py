"""`GET /telemetry`: the report, as JSON or its daily rows as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import Forbidden, InvalidInput, Unauthorized
from telemetry_counter.reporting.selection import PARAMETERS, Grants, Reach, Selection, parse_selection
from telemetry_counter.routes.access import authenticate, grants_of, service_of
from telemetry_counter.store.reports import build_report

MAX_QUERY_BYTES = 32_768
"""Room for the longest lists that are taken: 4 of 100 names of 64 characters."""

SWITCHED_OFF = "Telemetry is off on this service; its operator can switch it on with ENABLE_TELEMETRY=true."
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


async def telemetry(request: Request) -> Response:
    service = service_of(request)
    if not service.settings.enable_telemetry:
        raise Forbidden(SWITCHED_OFF)
    token = authenticate(request)
    admin = service.snapshot.admins.get(token.admin)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    selection = read_selection(request, admin, grants_of(token, admin))
    report = await build_report(service.client, service.keys, admin, selection, service.now())
    if wants_csv(request.headers.get("accept", "")):
        return Response(daily_csv(report["daily_stats"]), media_type="text/csv")
    return Response(orjson.dumps(report), media_type="application/json")


def read_selection(request: Request, admin: Admin, grants: Grants | None) -> Selection:
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_QUERY_BYTES:
        raise InvalidInput(f"The query is longer than {MAX_QUERY_BYTES} bytes.")
    service = service_of(request)
    reach = Reach(service.clock.today(), service.settings.retention_days)
    return parse_selection(read_query(query, PARAMETERS), reach, admin.apps, grants)


def wants_csv(accept: str) -> bool:
    """Whether the header asks for CSV before JSON."""
    for choice in accept.lower().split(","):
        media_type = choice.partition(";")[0].strip()
        if media_type in ("text/csv", "application/json", "*/*"):
            return media_type == "text/csv"
    return False


def daily_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """A header and one line a day. At least one row is there: a selection has at least one day."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(guarded(name) for name in rows[0])
    writer.writerows([guarded(value) for value in row.values()] for row in rows)
    return text.getvalue()


def guarded(value: object) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    cell = str(value)
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell
