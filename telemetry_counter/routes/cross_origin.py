"""Preflights of the ingest routes: any origin, no credentials. Admin routes answer none."""

from starlette.requests import Request
from starlette.responses import Response

PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "X-Device-ID, Content-Type",
    "Access-Control-Max-Age": "86400",
}


async def preflight(request: Request) -> Response:
    return Response(status_code=204, headers=PREFLIGHT)
