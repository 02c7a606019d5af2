"""A page as it leaves: its headers, small where the browser takes it small."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.dashboard.frame import Frame, Page, render

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: that would make the Origin of the dashboard's own forms null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PRIVATE = {"Cache-Control": "no-store"}
GZIP_LEVEL = 4
"""A month's page takes 1 ms; level 9 takes three times that to save a few per cent."""


def page_answer(
    request: Request, page: Page, frame: Frame, headers: dict[str, str] | None = None
) -> Response:
    """`headers` go over the usual ones, by which nobody may store the page."""
    body = render(page, frame).encode()
    given = SECURITY | PRIVATE | {"Vary": "Accept-Encoding, Cookie"} | (headers or {})
    if takes_gzip(request):
        body, given = gzip.compress(body, GZIP_LEVEL, mtime=0), given | {"Content-Encoding": "gzip"}
    return Response(body, page.status, given, "text/html")


def takes_gzip(request: Request) -> bool:
    """Whether the header names it, and does not rule it out with q=0."""
    for coding in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = coding.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def redirect(address: str, headers: dict[str, str] | None = None) -> Response:
    """To a page that is fetched with GET, also after a form (303)."""
    return Response(status_code=303, headers=SECURITY | PRIVATE | {"Location": address} | (headers or {}))
