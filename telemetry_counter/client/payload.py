"""What a program says with an event, made into names and values that can be counted."""

from collections.abc import Mapping
from typing import TypedDict

from telemetry_counter.client.names import OTHER, is_name, is_value


class Payload(TypedDict, total=False):
    """Properties of the event, of the user's system, of the project or team the program works for."""

    event_properties: Mapping[str, object]
    user_properties: Mapping[str, object]
    group_properties: Mapping[str, object]


PREFIXES = {"event_properties": "", "user_properties": "user.", "group_properties": "group."}


def flatten(payload: Payload) -> dict[str, str]:
    """Property -> value, without the Nones; ValueError for a key or a name that the wire does not know."""
    unknown = set(payload) - set(PREFIXES)
    if unknown:
        raise ValueError(f"a payload has no {', '.join(sorted(unknown))}")
    properties: dict[str, str] = {}
    for kind, prefix in PREFIXES.items():
        given: Mapping[str, object] = payload.get(kind) or {}  # type: ignore[assignment]
        properties |= {
            _name(prefix, name): as_value(value) for name, value in given.items() if value is not None
        }
    return properties


def as_value(value: object) -> str:
    """The value as it is counted; a text that cannot be one is counted as (other)."""
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    return text if is_value(text) else OTHER


def _name(prefix: str, name: str) -> str:
    if not is_name(prefix + name):
        raise ValueError(f"{prefix}{name} cannot be the name of a property")
    return prefix + name
