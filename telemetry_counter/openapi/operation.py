"""The rows of the table of routes: what each takes and answers, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]
Shape = Any
"""A type that msgspec can describe, or a Schema."""

TEXT: Schema = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`place` is query, path or header."""

    name: str
    meaning: str
    schema: Schema = field(default_factory=lambda: TEXT)
    place: str = "query"
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Of an answer."""

    meaning: str
    schema: Schema = field(default_factory=lambda: TEXT)
    required: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """`bodies`: its shape by media type; none where there is no body."""

    meaning: str
    bodies: Mapping[str, Shape] = field(default_factory=dict)
    headers: Mapping[str, Header] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """Of a request."""

    meaning: str
    bodies: Mapping[str, Shape]
    required: bool = True
    example: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: a method at a path. `room` is the heading it is shown under, `key` who may ask."""

    method: str
    path: str
    room: str
    summary: str
    answers: dict[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    key: str = ""
    notes: str = ""
