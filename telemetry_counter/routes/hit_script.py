"""`/hit.js`, which a site may include to have its page views counted."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

SCRIPT = files("telemetry_counter").joinpath("static", "hit.js").read_bytes()
HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


async def hit_script(request: Request) -> Response:
    return Response(SCRIPT, media_type="text/javascript", headers=HEADERS)
