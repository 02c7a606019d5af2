"""`GET /openapi.json`: every route, for programs that make clients and for those that test."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.openapi.document import build
from telemetry_counter.routes.access import service_of

HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


async def openapi(request: Request) -> Response:
    settings = service_of(request).settings
    document = build(settings.root_path, settings.default_owner)
    return Response(orjson.dumps(document), headers=HEADERS, media_type="application/json")
