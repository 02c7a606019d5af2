"""The OpenAPI document, from the table of routes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from telemetry_counter import __version__
from telemetry_counter.dashboard.sessions import COOKIE
from telemetry_counter.openapi import for_admins, for_clients
from telemetry_counter.openapi.answers import error
from telemetry_counter.openapi.for_admins import ADMIN_ROUTES
from telemetry_counter.openapi.for_clients import CLIENT_ROUTES
from telemetry_counter.openapi.for_operators import OPERATOR_ROUTES
from telemetry_counter.openapi.for_people import PEOPLE_ROUTES
from telemetry_counter.openapi.for_public import PUBLIC_ROUTES
from telemetry_counter.openapi.operation import Answer, Body, Header, Operation, Parameter, Shape
from telemetry_counter.openapi.parameters import OWNER

OPERATIONS = (*CLIENT_ROUTES, *ADMIN_ROUTES, *PUBLIC_ROUTES, *OPERATOR_ROUTES, *PEOPLE_ROUTES)
NAMED = for_clients.NAMED | for_admins.NAMED
KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of an admin or a team user."},
    "metrics": {
        "type": "http",
        "scheme": "bearer",
        "description": "METRICS_TOKEN; where it is not set, this is for the service's own machine.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of the dashboard, from signing in.",
    },
}
REFERENCES = "#/components/schemas/{name}"
ABOUT = (
    "Counts update checks, page views and events without knowing of whom. Every error is "
    '`{"error": "a sentence"}`, or a page for whoever asks for HTML first. Whatever has a GET answers HEAD '
    "as well, and counts nothing for it; a method that a path does not take is 405 with `Allow`, a path that "
    "is not here 404. No cookie is ever set by what clients call."
)


def build(root_path: str = "", default_owner: str = "") -> dict[str, Any]:
    """`root_path`: the path before all of them, if a proxy serves more than this."""
    rows = tuple(_with_default(row) for row in OPERATIONS) if default_owner else OPERATIONS
    kinds = {kind for shape in _shapes(rows) for kind in _kinds(shape)}
    ordered = sorted(kinds, key=lambda kind: str(kind.__name__))
    described, components = msgspec.json.schema_components(ordered, ref_template=REFERENCES)
    known = dict(zip(ordered, described, strict=True))
    for shape, fields in NAMED.items():
        for name, bounds in fields.items():
            components[shape]["properties"][name] |= bounds
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "telemetry-counter",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": root_path or "/"}],
        "tags": [{"name": room} for room in dict.fromkeys(row.room for row in rows)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": KEYS},
    }


def _with_default(row: Operation) -> Operation:
    """The row where an owner may be left out."""
    given = tuple(replace(one, required=False) if one is OWNER else one for one in row.parameters)
    return replace(row, parameters=given)


def _shapes(rows: Iterable[Operation]) -> Iterable[Shape]:
    for row in rows:
        for answer in row.answers.values():
            yield from answer.bodies.values()
        if row.body:
            yield from row.body.bodies.values()


def _kinds(shape: Shape) -> Iterable[type]:
    """The types in a shape that msgspec describes."""
    if isinstance(shape, type):
        yield shape
    elif isinstance(shape, Mapping):
        for part in shape.get("anyOf", ()):
            yield from _kinds(part)


def _schema(shape: Shape, known: Mapping[type, Any]) -> Any:
    if isinstance(shape, type):
        return known[shape]
    if "anyOf" in shape:
        return {**shape, "anyOf": [_schema(part, known) for part in shape["anyOf"]]}
    return shape


def _operation(row: Operation, known: Mapping[type, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": operation_id(row),
        "tags": [row.room],
        "summary": row.summary,
        "responses": {
            str(status): _answer(answer, known)
            for status, answer in (_at_the_door(row) | row.answers).items()
        },
        "security": [{row.key: []}] if row.key else [],
    }
    if row.notes:
        said["description"] = row.notes
    if row.parameters:
        said["parameters"] = [_parameter(parameter) for parameter in row.parameters]
    if row.body:
        said["requestBody"] = _body(row.body, known)
    return said


def _at_the_door(row: Operation) -> dict[int, Answer]:
    """What it may be answered before its route is reached."""
    return {status: error(status) for status in ((413, 431) if row.body else (431,))}


def operation_id(row: Operation) -> str:
    words = re.findall(r"[A-Za-z0-9]+", row.path)
    return row.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _answer(answer: Answer, known: Mapping[type, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"description": answer.meaning}
    if answer.bodies:
        said["content"] = {
            media_type: {"schema": _schema(shape, known)} for media_type, shape in answer.bodies.items()
        }
    if answer.headers:
        said["headers"] = {name: _header(header) for name, header in answer.headers.items()}
    return said


def _header(header: Header) -> dict[str, Any]:
    return {"description": header.meaning, "required": header.required, "schema": header.schema}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    example = {"example": parameter.example} if parameter.example else {}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.meaning,
        "required": parameter.required,
        "schema": parameter.schema,
        **example,
    }


def _body(body: Body, known: Mapping[type, Any]) -> dict[str, Any]:
    content = {media_type: {"schema": _schema(shape, known)} for media_type, shape in body.bodies.items()}
    if body.example is not None:
        next(iter(content.values()))["example"] = body.example
    return {"description": body.meaning, "required": body.required, "content": content}
