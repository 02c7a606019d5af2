"""What an app says that it sends, in words; everything else is then refused."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from telemetry_counter.counting.names import OTHER
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.names import PLAIN, VALUE, check
from telemetry_counter.events.summary import MAX_PROPERTIES, MAX_VALUES, Event, Values

MAX_DECLARED = 200
"""Events of an app: as many as are told apart a day."""

Words = Annotated[str, Meta(min_length=1, max_length=500)]
Address = Annotated[str, Meta(max_length=2000, pattern=r"^(?:https?://\S+)?$")]


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`values`: the only ones there are; none named means any."""

    description: Words
    values: Annotated[tuple[str, ...], Meta(max_length=MAX_VALUES)] = ()

    def takes(self, value: str) -> bool:
        return not self.values or value == OTHER or value in self.values


Properties = Annotated[dict[str, Property], Meta(max_length=MAX_PROPERTIES)]


class DeclaredEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    description: Words
    properties: Properties = {}


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`properties` are those that any event may have. `read_more`: where the app's users learn more."""

    events: Annotated[dict[str, DeclaredEvent], Meta(max_length=MAX_DECLARED)]
    properties: Properties = {}
    read_more: Address = ""

    def of(self, event: str) -> Mapping[str, Property]:
        """The properties that an event may have."""
        return self.properties | self.events[event].properties


class DeclarationFile(Declaration, frozen=True, forbid_unknown_fields=True):
    app: str = ""
    """OWNER/APP"""


def parse_declaration(text: str) -> tuple[str, Declaration]:
    """OWNER/APP and what it declares, from TOML. Raises InvalidInput with a sentence that names the field."""
    try:
        content = tomllib.loads(text)
        file = msgspec.convert(content, DeclarationFile)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The file is not a declaration of events: {_placed(error, content)}.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(f"The file is not a declaration of events: {error}.") from None
    if not file.app:
        raise InvalidInput('The file does not say whose events these are: app = "OWNER/APP" is missing.')
    _check(file)
    return file.app, Declaration(file.events, file.properties, file.read_more)


def select(declaration: Declaration, events: tuple[Event, ...]) -> tuple[tuple[Event, ...], list[str]]:
    """The events as far as they are declared, and what was left out, in words."""
    left_out: list[str] = []
    kept = [one for event in events if (one := _select_event(declaration, event, left_out))]
    return tuple(kept), left_out


def _select_event(declaration: Declaration, event: Event, left_out: list[str]) -> Event | None:
    if event.name == OTHER:
        return Event(OTHER, event.count)
    if event.name not in declaration.events:
        left_out.append(f"the event {event.name}")
        return None
    declared = declaration.of(event.name)
    properties: dict[str, Values] = {}
    for name, values in event.properties.items():
        known = declared.get(name)
        if known is None:
            left_out.append(f"{name} of {event.name}")
            continue
        properties[name] = {value: count for value, count in values.items() if known.takes(value)}
        left_out += [f"{value} as {name} of {event.name}" for value in values if not known.takes(value)]
    return Event(event.name, event.count, properties)


def _placed(error: msgspec.ValidationError, content: Any) -> str:
    """What it says, with the names of the event and the property where it has [...] alone."""
    said, at, path = str(error).rpartition(" - at `$")
    for part, kind in (("events", DeclaredEvent), ("properties", Property)):
        named = content.get(part) if isinstance(content, dict) else None
        if f".{part}[...]" in path and isinstance(named, dict):
            name, content = next(
                ((name, of) for name, of in named.items() if not _fits(of, kind)), ("", None)
            )
            path = path.replace(f".{part}[...]", f".{part}[{name[:64]!r}]", 1)
    return said + at + path


def _fits(content: Any, kind: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return False
    return True


def _check(declaration: Declaration) -> None:
    for name in declaration.events:
        check(PLAIN, name, f"The event {name[:64]!r}")
        _check_properties(declaration.of(name))
    _check_properties(declaration.properties)


def _check_properties(properties: Mapping[str, Property]) -> None:
    if len(properties) > MAX_PROPERTIES:
        raise InvalidInput(
            f"An event has more than {MAX_PROPERTIES} properties, those of all events included."
        )
    for name, value in _named(properties):
        check(PLAIN, name, f"The property {name[:64]!r}")
        if value is not None:
            check(VALUE, value, f"The value {value[:64]!r} of {name}")


def _named(properties: Mapping[str, Property]) -> Iterator[tuple[str, str | None]]:
    for name, known in properties.items():
        yield name, None
        for value in known.values:
            yield name, value
