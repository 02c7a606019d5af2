"""`GET /telemetry/policy`: what is collected, as JSON for programs and as a page for people."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.counting.clock import SECONDS_A_DAY
from telemetry_counter.errors import NotFound
from telemetry_counter.privacy.page import SECURITY, page
from telemetry_counter.privacy.policy import AppPolicy, build_policy
from telemetry_counter.privacy.promises import Terms
from telemetry_counter.reporting.public import FEWEST
from telemetry_counter.routes.access import service_of
from telemetry_counter.routes.browsers import wants_page
from telemetry_counter.settings import Settings
from telemetry_counter.store.committing.event_batches import PERIOD_SECONDS
from telemetry_counter.store.salts import KEPT_SECONDS

HEADERS = {"Cache-Control": "public, max-age=300", "Vary": "Accept", "Access-Control-Allow-Origin": "*"}


async def policy(request: Request) -> Response:
    settings = service_of(request).settings
    policy = build_policy(is_on=settings.enable_telemetry, terms=terms(settings), app=asked_app(request))
    if wants_page(request.headers.get("accept", "")):
        return Response(page(policy), headers=HEADERS | SECURITY, media_type="text/html")
    return Response(orjson.dumps(policy), headers=HEADERS, media_type="application/json")


def terms(settings: Settings) -> Terms:
    return Terms(
        retention_days=settings.retention_days,
        history_days=settings.history_days,
        salt_hours=KEPT_SECONDS // 3600,
        summary_days=2 * PERIOD_SECONDS // SECONDS_A_DAY,
        fewest=FEWEST,
    )


def asked_app(request: Request) -> AppPolicy | None:
    """The app that the query names, if any. Raises NotFound for one that does not exist."""
    service, query = service_of(request), request.query_params
    name = query.get("app_name", "")
    if not name:
        return None
    owner = query.get("owner") or service.settings.default_owner
    app = service.snapshot.app(owner, name)
    if app is None:
        raise NotFound("There is no such app.")
    return AppPolicy(owner, name, app.declaration)
