"""Every error leaves as {"error": "sentence"} with the status that fits, or to a browser as a page."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from telemetry_counter.errors import (
    CounterError,
    Forbidden,
    InvalidInput,
    NotFound,
    StoreUnavailable,
    Unauthorized,
)
from telemetry_counter.routes.browsers import error_answer
from telemetry_counter.routes.watching import route_of

log = logging.getLogger("telemetry_counter.routes")

STATUS: dict[type[CounterError], int] = {
    InvalidInput: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    StoreUnavailable: 503,
}
SENTENCES = {
    404: "There is nothing at this path.",
    405: "This path does not take that method.",
}


async def counter_error(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return error_answer(request, status, str(error), headers)


async def http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await unexpected_error(request, error)
    sentence = SENTENCES.get(error.status_code, error.detail)
    headers = {"Allow": allowed(request)} if error.status_code == 405 else error.headers
    return error_answer(request, error.status_code, sentence, headers)


def allowed(request: Request) -> str:
    """The methods of all routes at this path: Starlette names those of the first.

    A route that takes any path has nothing to show at most of them, so its methods are none of theirs.
    """
    routes = (route for route in request.app.routes if ":any}" not in route.path)
    matching = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted(set().union(*(getattr(route, "methods", None) or () for route in matching))))


async def unexpected_error(request: Request, error: Exception) -> Response:
    log.error("Unexpected error at %s", route_of(request.scope) or "no route", exc_info=error)
    return error_answer(request, 500, "The service made a mistake; its log says which.")
