"""Whether the process runs, and whether it can count."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from telemetry_counter.routes.access import service_of


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "healthy"})


async def ready(request: Request) -> JSONResponse:
    """503 while the store is away; update checks are answered all the same."""
    service = service_of(request)
    up = service.store_is_up
    content = {
        "status": "ready" if up else "store away",
        "buffered_bytes": service.committer.buffered_bytes,
    }
    return JSONResponse(content, status_code=200 if up else 503)
