"""The table of routes and their wiring."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from telemetry_counter.errors import CounterError
from telemetry_counter.housekeeping import Housekeeping
from telemetry_counter.logs import access_log
from telemetry_counter.metrics.places import VARIABLE, place_in
from telemetry_counter.metrics.worker import Metrics
from telemetry_counter.routes import errors, event_reports, health, policy, releases, reports
from telemetry_counter.routes.base_path import under
from telemetry_counter.routes.client_events import ClientEvents
from telemetry_counter.routes.cross_origin import preflight
from telemetry_counter.routes.dashboard.table import dashboard_routes
from telemetry_counter.routes.hit_script import hit_script
from telemetry_counter.routes.metrics import MetricsPage
from telemetry_counter.routes.openapi import openapi
from telemetry_counter.routes.page_badge import PageBadge
from telemetry_counter.routes.page_counting import PageCounting
from telemetry_counter.routes.page_hits import PageHits
from telemetry_counter.routes.page_intake import Intake
from telemetry_counter.routes.page_readers import Readers
from telemetry_counter.routes.page_reports import web
from telemetry_counter.routes.public import public_routes
from telemetry_counter.routes.request_seen import RequestSeen
from telemetry_counter.routes.update_checks import UpdateChecks
from telemetry_counter.routes.watching import Endpoint, Watched, times_of_reports
from telemetry_counter.service import Service
from telemetry_counter.serving.processes import end_with_supervisor
from telemetry_counter.settings import Settings, load_settings
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore


class Application:
    """Starlette, with a door of their own for the routes that installed programs and pages call.

    Both answer with `root_path` before a path and without it: some proxies take it off, others do not.
    """

    def __init__(
        self, starlette: Endpoint, fast: Mapping[tuple[str, str], Endpoint], root_path: str = ""
    ) -> None:
        self._starlette = starlette
        self._root_path = root_path
        self._fast = {**fast, **{(method, root_path + path): fast[method, path] for method, path in fast}}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not async: every coroutine between the server and the one that waits costs each hit a little.
        if scope["type"] == "http":
            endpoint = self._fast.get((scope["method"], scope["path"]))
            if endpoint is not None:
                return endpoint(scope, receive, send)
            scope = under(self._root_path, scope)
        return self._starlette(scope, receive, send)


def build_app(service: Service) -> ASGIApp:
    readers, intake = Readers(service.settings), Intake(service)
    checks = UpdateChecks(service, readers)
    counting = PageCounting(service, readers)
    pages = PageHits(intake, counting, service.metrics.tallies.hits)
    badge, metrics = PageBadge(service, intake, counting), MetricsPage(service)
    fast: dict[str, Endpoint] = {
        "/checkVersion": checks.check_version,
        "/telemetry/beacon": checks.beacon,
        "/api/telemetry/pixel": pages.pixel,
        "/api/telemetry/hit": pages.hit,
    }
    routes = [
        *dashboard_routes(service, readers),
        *public_routes(service, readers),
        Route("/health", health.health),
        Route("/ready", health.ready),
        Route("/openapi.json", openapi),
        Route("/metrics", metrics.show),
        Route("/telemetry", reports.telemetry),
        Route("/telemetry/adoption", reports.show_adoption),
        Route("/telemetry/events", event_reports.events, methods=["GET"]),
        Route("/telemetry/events", ClientEvents(service).take, methods=["POST"]),
        Route("/telemetry/events", preflight, methods=["OPTIONS"]),
        Route("/telemetry/policy", policy.policy),
        Route("/hit.js", hit_script),
        Route("/telemetry/web", web),
        Route("/telemetry/request", RequestSeen(readers).show),
        Route("/telemetry/{owner}/{app}.gif", head_of(pages.gif), methods=["GET"]),
        Route("/telemetry/{owner}/{app}/badge.svg", badge, methods=["GET"]),
        Route("/releases", releases.list_releases, methods=["GET"]),
        Route("/releases", releases.publish, methods=["POST"]),
        Route("/releases/{release_id}", releases.withdraw, methods=["DELETE"]),
        *(Route(path, preflight, methods=["OPTIONS"]) for path in fast),
        *(Route(path, head_of(endpoint), methods=["GET"]) for path, endpoint in fast.items()),
        Route("/api/telemetry/hit", head_of(pages.hit), methods=["POST"]),
    ]

    starlette = Starlette(
        routes=routes,
        lifespan=lifespan_of(service, metrics),
        exception_handlers={
            CounterError: errors.counter_error,
            HTTPException: errors.http_error,
            Exception: errors.unexpected_error,
        },
    )
    starlette.state.service = service
    doors: dict[tuple[str, str], Endpoint] = {("GET", path): endpoint for path, endpoint in fast.items()}
    doors[("POST", "/api/telemetry/hit")] = pages.hit
    notes = [times_of_reports(service.metrics.tallies)]
    if service.settings.access_log:
        notes.append(access_log)
        doors = {door: Watched(endpoint, [access_log], door[1]) for door, endpoint in doors.items()}
    return Application(Watched(starlette, notes), doors, service.settings.root_path)


def lifespan_of(service: Service, metrics: MetricsPage) -> Lifespan[Starlette]:
    housekeeping = Housekeeping(service)

    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncIterator[None]:
        await service.start()
        housekeeping.start()
        metrics.start()
        try:
            with suppress(asyncio.CancelledError):  # a second signal cancels this, instead of letting it end
                yield
        finally:
            await housekeeping.stop()
            await service.stop()
            await metrics.stop()

    return lifespan


class head_of:
    """An ASGI endpoint as Starlette's Route takes one: an instance, not a method."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The application of one worker; uvicorn calls it by name in each."""
    end_with_supervisor()
    settings = settings or load_settings()
    url = settings.redis_url or EmbeddedStore(settings.data_path).url
    shared = os.environ.get(VARIABLE)
    metrics = Metrics(place_in(shared) if shared else None)
    return build_app(Service(settings, open_client(url), metrics=metrics))
