"""The dashboard's table of routes."""

import gzip

from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from telemetry_counter.dashboard.frame import ICON, STYLE, Page
from telemetry_counter.dashboard.links import HOME
from telemetry_counter.errors import NotFound
from telemetry_counter.routes.browsers import wants_page
from telemetry_counter.routes.dashboard.access import Doors, Visit
from telemetry_counter.routes.dashboard.answers import SECURITY, redirect, takes_gzip
from telemetry_counter.routes.dashboard.app import show_app
from telemetry_counter.routes.dashboard.changing import manage_routes
from telemetry_counter.routes.dashboard.events import show_events
from telemetry_counter.routes.dashboard.overview import show_overview
from telemetry_counter.routes.dashboard.refusals import show_refusals
from telemetry_counter.routes.dashboard.sign_in import SigningIn
from telemetry_counter.routes.dashboard.sites import show_site
from telemetry_counter.routes.page_readers import Readers
from telemetry_counter.service import Service

SMALL_STYLE = gzip.compress(STYLE, mtime=0)
STYLE_HEADERS = {
    "Vary": "Accept-Encoding",
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


class AnyPath(PathConvertor):
    """Any path, also one with line breaks, which Starlette's own does not take."""

    regex = "(?s:.*)"


register_url_convertor("any", AnyPath())
WAYS = {"dashboard": HOME, "report": "/telemetry", "health": "/health"}


def dashboard_routes(service: Service, readers: Readers) -> list[Route]:
    doors = Doors(service, readers)
    signing_in = SigningIn(doors)

    async def home(request: Request) -> Response:
        if wants_page(request.headers.get("accept", "")):
            return redirect(doors.links(request).to())
        ways = {name: doors.links(request).outside(path) for name, path in WAYS.items()}
        return JSONResponse({"service": "telemetry-counter", **ways})

    return [
        Route("/", home),
        Route(HOME, doors.signed_in(show_overview)),
        Route(f"{HOME}/apps/{{app}}", doors.signed_in(show_app)),
        Route(f"{HOME}/sites/{{app}}", doors.signed_in(show_site), methods=["GET"]),
        Route(f"{HOME}/events/{{app}}", doors.signed_in(show_events), methods=["GET"]),
        Route(f"{HOME}/refusals", doors.signed_in(show_refusals), methods=["GET"]),
        *manage_routes(doors),
        Route(f"{HOME}/style.css", style),
        Route(f"{HOME}/icon.svg", icon),
        Route(f"{HOME}/sign-in", signing_in.show, methods=["GET"]),
        Route(f"{HOME}/sign-in", signing_in.take, methods=["POST"]),
        Route(f"{HOME}/sign-out", doors.signed_in(signing_in.leave, shows_figures=False), methods=["POST"]),
        Route(f"{HOME}/{{rest:any}}", doors.signed_in(nothing_here, shows_figures=False)),
    ]


async def style(request: Request) -> Response:
    if takes_gzip(request):
        headers = STYLE_HEADERS | {"Content-Encoding": "gzip"}
        return Response(SMALL_STYLE, headers=headers, media_type="text/css")
    return Response(STYLE, headers=STYLE_HEADERS, media_type="text/css")


async def icon(request: Request) -> Response:
    return Response(
        ICON, headers=SECURITY | {"Cache-Control": "public, max-age=86400"}, media_type="image/svg+xml"
    )


async def nothing_here(visit: Visit) -> Page:
    raise NotFound("There is no such page.")
