"""What an app declares, and what is then left out of its summaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.declaration import (
    MAX_DECLARED,
    Declaration,
    DeclaredEvent,
    Property,
    parse_declaration,
    select,
)
from telemetry_counter.events.summary import MAX_PROPERTIES, Event

TEXT = """
app = "acme/editor"
read_more = "https://editor.example.org/telemetry"

[properties."user.memory"]
description = "How much memory the computer has, in tiers."

[events.opened]
description = "A document was opened."

[events.opened.properties.kind]
description = "What kind of document it is."
values = ["pdf", "odt"]

[events.saved]
description = "A document was saved."
"""


def test_a_declaration() -> None:
    app, declaration = parse_declaration(TEXT)
    memory = Property("How much memory the computer has, in tiers.")
    kind = Property("What kind of document it is.", ("pdf", "odt"))
    assert app == "acme/editor"
    assert declaration == Declaration(
        {
            "opened": DeclaredEvent("A document was opened.", {"kind": kind}),
            "saved": DeclaredEvent("A document was saved."),
        },
        {"user.memory": memory},
        "https://editor.example.org/telemetry",
    )
    assert declaration.of("opened") == {"user.memory": memory, "kind": kind}


ONE = 'app = "a/b"\n[events.x]\ndescription = "X."\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app =", "The file is not a declaration of events: "),
        ("", "The file is not a declaration of events: .*events"),
        ('[events.x]\ndescription = "X."', r'app = "OWNER/APP" is missing\.'),
        ('app = "a/b"\n[events.x]', "description"),
        ('app = "a/b"\n[events.x]\ndescription = ""', "description"),
        (ONE + 'colour = "red"', r"`colour` - at `\$.events\['x'\]`\.$"),
        (
            ONE + '[events.y]\ndescription = "Y."\nproperties.k.vales = []\nproperties.k.description = "K."',
            r"`vales` - at `\$.events\['y'\].properties\['k'\]`\.$",
        ),
        (ONE + "[properties.k]\nvales = []", r"`vales` - at `\$.properties\['k'\]`\.$"),
        (ONE + '" - at `$.properties[...]" = 1', "unknown field"),
        (ONE + '["x - at `$.events[...].properties[...]"]', "unknown field"),
        (ONE.replace("x]", '"a b"]'), "^The event 'a b' may only hold"),
        (ONE + '[events.x.properties."a b"]\ndescription = "Y."', "^The property 'a b' may only hold"),
        (
            ONE + '[events.x.properties.k]\ndescription = "Y."\nvalues = ["/home"]',
            "^The value '/home' of k may",
        ),
        (ONE + '[properties."a b"]\ndescription = "Y."', "^The property 'a b' may only hold"),
        ('read_more = "javascript:alert(1)"\n' + ONE, "read_more"),
        (ONE + f'[events.x.properties.k]\ndescription = "{"y" * 501}"', "description"),
    ],
)
def test_what_is_wrong_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        parse_declaration(text)


def properties(number: int, prefix: str = "events.x.properties") -> str:
    return "".join(f'[{prefix}.{prefix[0]}{n}]\ndescription = "P."\n' for n in range(number))


def test_the_bounds() -> None:
    events = 'app = "a/b"\n' + "".join(f'[events.e{n}]\ndescription = "E."\n' for n in range(MAX_DECLARED))
    parse_declaration(events)
    with pytest.raises(InvalidInput, match="events"):
        parse_declaration(events + '[events.more]\ndescription = "E."')
    parse_declaration(ONE + properties(MAX_PROPERTIES))
    with pytest.raises(InvalidInput, match="properties"):
        parse_declaration(ONE + properties(MAX_PROPERTIES + 1))
    with pytest.raises(InvalidInput, match="those of all events included"):
        parse_declaration(ONE + properties(MAX_PROPERTIES) + properties(1, "properties"))


@given(st.text() | st.text().map(lambda text: ONE + text))
def test_any_text_is_a_declaration_or_a_sentence(text: str) -> None:
    try:
        sentence = parse_declaration(text)[0] and "."
    except InvalidInput as error:
        sentence = str(error)
    assert sentence.endswith(".")


DECLARED = parse_declaration(TEXT)[1]


@pytest.mark.parametrize(
    ("sent", "kept", "left_out"),
    [
        (Event("opened", 2, {"kind": {"pdf": 2}}), Event("opened", 2, {"kind": {"pdf": 2}}), []),
        (Event("saved", 1, {"user.memory": {"any": 1}}), Event("saved", 1, {"user.memory": {"any": 1}}), []),
        (Event("spied", 9), None, ["the event spied"]),
        (Event("saved", 1, {"kind": {"pdf": 1}}), Event("saved", 1), ["kind of saved"]),
        (
            Event("opened", 3, {"kind": {"exe": 1, "odt": 2}}),
            Event("opened", 3, {"kind": {"odt": 2}}),
            ["exe as kind of opened"],
        ),
        (Event("opened", 3, {"kind": {"(other)": 1}}), Event("opened", 3, {"kind": {"(other)": 1}}), []),
        (Event("(other)", 3, {"path": {"x": 1}}), Event("(other)", 3), []),
    ],
)
def test_what_is_not_declared_is_left_out(sent: Event, kept: Event | None, left_out: list[str]) -> None:
    assert select(DECLARED, (sent,)) == ((kept,) if kept else (), left_out)
