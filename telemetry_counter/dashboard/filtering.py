"""What a page's figures are filtered by, and by what they could be."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.asked import FILTERS, Asked
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.reporting.selection import Grants, Selection

LABELS = {"channels": "Channel", "platforms": "Platform", "architectures": "Architecture"}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A list to choose from; several values that the address asks for stay one option."""

    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Filtering:
    """`chips`: what is filtered by, each a link to the page without it. `all` is the page without any."""

    fields: Sequence[Field]
    chips: Sequence[Choice]
    all: str

    @property
    def names(self) -> Sequence[str]:
        return [field.name for field in self.fields]


def filtering(
    asked: Asked, selection: Selection, known: Mapping[str, Collection[str]], grants: Grants | None
) -> Filtering:
    """`known`: the values of each dimension; a team user is offered those that were granted."""
    fields, chips = [], []
    for name in FILTERS:
        chosen = ",".join(getattr(selection.filters, name))
        offered = {value for value in known.get(name, ()) if value != OTHER and may(grants, name, value)}
        values = sorted(offered | ({chosen} if chosen else set()))
        fields.append(Field(name, LABELS[name], [Option(value, value == chosen) for value in values]))
        if chosen:
            chips.append(Choice(f"{LABELS[name]}: {chosen.replace(',', ', ')}", asked.but(**{name: ""})))
    return Filtering(fields, chips, asked.but(**dict.fromkeys(FILTERS, "")))


def lead(asked: Asked, name: str, grants: Grants | None) -> Callable[[str], str]:
    """Where a value of the dimension leads: the page filtered by it."""
    return lambda value: asked.but(**{name: value}) if may(grants, name, value) else ""


def may(grants: Grants | None, name: str, value: str) -> bool:
    return grants is None or value in getattr(grants, name)
