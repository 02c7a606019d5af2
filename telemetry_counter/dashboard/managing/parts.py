"""What the pages that manage are put together from; templates/manage.html shows each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from telemetry_counter.counting.names import Name
from telemetry_counter.dashboard.parts import Choice, Table


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form, and what is wrong with it: a sentence that begins with the field's name."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str = ""

    def get(self, name: str) -> str:
        return (self.fields.get(name) or [""])[-1]

    def every(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())

    def is_about(self, name: str) -> bool:
        return self.problem.partition(" ")[0] == name


NOTHING_TYPED = Typed()


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """`kind`: text, number, datetime-local, textarea, checkbox, select or checks (boxes of one name)."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    hint: str = ""
    is_required: bool = False
    max_length: int = 0
    options: Sequence[Option] = ()
    is_wrong: bool = False


def name_field(parameter: str, kind: Name, typed: Typed) -> Field:
    """With its bounds said beside it."""
    return Field(
        parameter,
        "Name",
        typed.get(parameter),
        hint=f"At most {kind.max_length} characters: {kind.charset}.",
        is_required=True,
        max_length=kind.max_length,
        is_wrong=typed.is_about(parameter),
    )


@dataclass(frozen=True, slots=True)
class FormView:
    """`change` names what it is for; `carried` are pairs that are sent along unseen."""

    change: str
    button: str
    fields: Sequence[Field]
    problem: str = ""
    carried: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A link that looks like a button. `kind`: plain, quiet or danger."""

    label: str
    href: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Section:
    """One card. `codes` are shown to be copied, `images` are pairs of an address and what it shows."""

    title: str
    note: str = ""
    texts: Sequence[str] = ()
    table: Table | None = None
    form: FormView | None = None
    ways: Sequence[Way] = ()
    codes: Sequence[str] = ()
    images: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Managing:
    """A page that manages; `trail` leads back to the one above."""

    tabs: Sequence[Choice]
    sections: Sequence[Section]
    trail: Sequence[Choice] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """The one question before a change: what it is about, and all that is sent with the answer."""

    address: str
    facts: Sequence[tuple[str, str]]
    warning: str
    button: str
    is_danger: bool
    carried: Sequence[tuple[str, str]]
    back: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token, shown this once."""

    token: str
    of: str
    back: str
