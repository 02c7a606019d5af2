"""What an admin has in the store, by the names that a file gives it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from telemetry_counter.moving.records import Part, SketchSpace, Space
from telemetry_counter.store.keys import AdminKeys

PARTS: Mapping[Part, Callable[[AdminKeys], str]] = {
    "apps": lambda keys: keys.apps,
    "releases": lambda keys: keys.releases,
    "tokens": lambda keys: keys.tokens,
    "team": lambda keys: keys.team,
    "history": lambda keys: keys.history,
    "revisions": lambda keys: keys.revisions,
}
SPACES: Mapping[Space, Callable[[AdminKeys, dt.date, str], str]] = {
    "n": AdminKeys.counters,
    "c": AdminKeys.cells,
    "w": AdminKeys.pages,
    "e": AdminKeys.events,
}
SKETCHES: Mapping[SketchSpace, Callable[[AdminKeys, dt.date, str, str], str]] = {
    "u": AdminKeys.sketch,
    "wu": AdminKeys.visitors,
    "eu": AdminKeys.event_sketch,
}
SKETCHED: Mapping[Space, tuple[SketchSpace, str]] = {
    "n": ("u", ""),
    "c": ("u", "x:"),
    "w": ("wu", ""),
    "e": ("eu", ""),
}
"""Where the sketches of a hash's fields are, and what their names have before the field's."""

UNSKETCHED: Mapping[Space, tuple[str, ...]] = {
    "n": ("#", "o:", "r:"),
    "c": (),
    "w": ("#", "o:"),
    "e": ("#", "o:"),
}
"""How fields begin that have no devices: numbers of values, what went to (other), refusals."""


def parts() -> tuple[Part, ...]:
    return get_args(Part)


def counted_key(keys: AdminKeys, day: dt.date, app: str, space: Space) -> str:
    return SPACES[space](keys, day, app) if app else keys.active_apps(day)


def sketched_fields(space: Space, fields: Iterable[str]) -> list[str]:
    """The fields of the sketches that a hash's fields may have."""
    begin = SKETCHED[space][1]
    found = [begin + field for field in fields if not field.startswith(UNSKETCHED[space])]
    # The commit makes this one before it knows that anything can be counted.
    return found if space != "n" or "all" in found else ["all", *found]
