"""Answers that more than one route gives."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from telemetry_counter.counting.outcomes import (
    COUNTED,
    COUNTED_WITHOUT_DEVICE,
    COUNTED_WITHOUT_UNDECLARED,
    COUNTED_WITHOUT_VISITOR,
    DROPPED,
    PENDING,
)
from telemetry_counter.openapi.operation import TEXT, Answer, Header, Shape
from telemetry_counter.serving.connections import MAX_HEAD_BYTES

JSON, HTML, CSV, NDJSON = "application/json", "text/html", "text/csv", "application/x-ndjson"
BINARY = {"type": "string", "contentMediaType": "image/gif"}

OUTCOMES = (
    COUNTED,
    COUNTED_WITHOUT_VISITOR,
    COUNTED_WITHOUT_UNDECLARED,
    COUNTED_WITHOUT_DEVICE,
    PENDING,
    *DROPPED.values(),
)
OUTCOME = Header(
    "What became of the hit: counted means committed, pending is still in the service's memory.",
    {"type": "string", "enum": [outcome.decode() for outcome in OUTCOMES]},
)
WHY = Header("What was wrong with the request, in a sentence.", required=False)
NOT_KEPT = Header("Nobody may keep it.", {"type": "string", "pattern": "no-store"})
INGEST = {"X-Telemetry": OUTCOME, "X-Telemetry-Error": WHY}


class Error(msgspec.Struct, forbid_unknown_fields=True):
    """`error` is a sentence on what to do."""

    error: str


ERRORS = {
    400: "A parameter or the body does not fit.",
    401: "There is no valid token.",
    403: "The token may not do this, or telemetry is off.",
    404: "There is no such thing.",
    413: "The body is too long.",
    431: f"The request's line and headers are longer than {MAX_HEAD_BYTES} bytes.",
    503: "The store is away.",
}


def error(status: int, **headers: Header) -> Answer:
    if status == 401:
        headers |= {"WWW-Authenticate": Header("Bearer")}
    return Answer(ERRORS[status], {JSON: Error}, headers)


def errors(*statuses: int) -> dict[int, Answer]:
    """Each as JSON, and for a browser as a page."""
    return {status: replace(error(status), bodies={JSON: Error, HTML: TEXT}) for status in statuses}


def json(meaning: str, shape: Shape, headers: Mapping[str, Header] | None = None) -> Answer:
    return Answer(meaning, {JSON: shape}, headers or {})


def page(meaning: str) -> Answer:
    return Answer(meaning, {HTML: TEXT})
