"""`GET /telemetry/policy`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def policy(request: Request) -> Response:
    return JSONResponse({})
