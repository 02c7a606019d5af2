"""The body of `POST /telemetry/events`: what is taken, and the sentence for what is not."""

import datetime as dt
import json
import re
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.client import names as client_names
from telemetry_counter.client import summary as client_summary
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events import names
from telemetry_counter.events.summary import (
    MAX_BODY_BYTES,
    MAX_COUNT,
    MAX_EVENTS,
    MAX_PROPERTIES,
    MAX_VALUES,
    Sender,
    parse_sender,
    parse_summary,
)

from .bodies import encoded, event, summary

DAY = dt.date(2025, 6, 16)
WIRE = (Path(__file__).parents[2] / "docs" / "wire-events.md").read_text()


def parsed(*events: dict[str, Any], **values: Any) -> Any:
    return parse_summary(encoded(summary(DAY, *events, **values)))


def test_a_summary() -> None:
    taken = parsed(event("opened", 3, kind={"pdf": 2, "odt": 1}), event("saved"))
    assert (taken.owner, taken.app_name, taken.version, taken.day) == ("acme", "editor", "1.2.3", DAY)
    assert taken.count == 4
    assert [(one.name, one.count, one.properties) for one in taken.events] == [
        ("opened", 3, {"kind": {"pdf": 2, "odt": 1}}),
        ("saved", 1, {}),
    ]


def test_what_may_be_missing() -> None:
    body = summary(DAY, {"name": "opened", "count": 1})
    for name in ("owner", "channel", "platform", "arch"):
        del body[name]
    taken = parse_summary(encoded(body), default_owner="acme")
    assert (taken.owner, taken.channel, taken.platform, taken.arch) == ("acme", "", "", "")


def test_unknown_fields_are_ignored() -> None:
    assert parsed(event() | {"colour": "red"}, colour="red").count == 1


@pytest.mark.parametrize("name", ["a", "a" * 64, "a.b_c-d", "0", "(other)"])
def test_names_that_are_taken(name: str) -> None:
    assert parsed(event(name)).events[0].name == name
    assert parsed(event(**{name: {"x": 1}})).events[0].properties == {name: {"x": 1}}


@pytest.mark.parametrize("value", ["a", "a" * 64, "0-100ms", "1.2+b~1", "two words", "(other)"])
def test_values_that_are_taken(value: str) -> None:
    assert parsed(event(kind={value: 1})).events[0].properties == {"kind": {value: 1}}


@pytest.mark.parametrize("name", ["", "a" * 65, "-a", "a b", "a\n", "é", "a/b", "a,b", "a:b", "(others)"])
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^events\[1\]\.name "):
        parsed(event(), event(name))
    with pytest.raises(InvalidInput, match=r"^A name in events\[0\]\.properties "):
        parsed(event(**{name: {"x": 1}}))


@pytest.mark.parametrize(
    "value", ["", "a" * 65, " a", "a ", "/home/ada", "C:\\x", "ada@e.org", "https://e.org", "a,b", "a\n"]
)
def test_values_that_are_not(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^A value in events\[0\]\.properties "):
        parsed(event(kind={value: 1}))


def many(number: int) -> dict[str, int]:
    return {f"v{one}": 1 for one in range(number)}


def properties(number: int) -> dict[str, dict[str, int]]:
    return {name: {"x": 1} for name in many(number)}


AT_BOUND: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "events",
        {"events": [event(n) for n in many(MAX_EVENTS)]},
        {"events": [event(n) for n in many(MAX_EVENTS + 1)]},
    ),
    ("events", {}, {"events": []}),
    (
        "properties",
        {"events": [event(**properties(MAX_PROPERTIES))]},
        {"events": [event(**properties(MAX_PROPERTIES + 1))]},
    ),
    ("properties", {"events": [event(k=many(MAX_VALUES))]}, {"events": [event(k=many(MAX_VALUES + 1))]}),
    ("count", {"events": [event("opened", MAX_COUNT)]}, {"events": [event("opened", MAX_COUNT + 1)]}),
    ("count", {"events": [event("opened", 1)]}, {"events": [event("opened", 0)]}),
    ("properties", {"events": [event(k={"x": MAX_COUNT})]}, {"events": [event(k={"x": MAX_COUNT + 1})]}),
    ("version", {"version": "1" * 64}, {"version": "1" * 65}),
    ("channel", {"channel": "c" * 32}, {"channel": "c" * 33}),
    ("owner", {"owner": "o" * 64}, {"owner": "o" * 65}),
    ("app_name", {"app_name": "o" * 64}, {"app_name": "o" * 65}),
]


@pytest.mark.parametrize(("field", "fits", "too_much"), AT_BOUND)
def test_the_bounds_hold_and_the_sentence_names_the_field(
    field: str, fits: dict[str, Any], too_much: dict[str, Any]
) -> None:
    parsed(**fits)
    with pytest.raises(InvalidInput, match=field):
        parsed(**too_much)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"owner": ""}, "owner is missing or empty."),
        ({"app_name": "a/b"}, "app_name may only hold"),
        ({"version": ""}, "version is missing or empty."),
        ({"day": "16.06.2025"}, "day"),
        ({"day": "2025-06-31"}, "day"),
        ({"day": None}, "day"),
        ({"batch_id": "1"}, "batch_id"),
        ({"events": [event(), event()]}, "events names an event twice."),
        ({"events": [{"name": "a", "count": True}]}, "count"),
        ({"events": [{"name": "a", "count": 1.5}]}, "count"),
        ({"events": [{"count": 1}]}, "name"),
        ({"events": [{"name": "a", "count": 1, "properties": {"k": "x"}}]}, "properties"),
        ({"platform": ["linux"]}, "platform"),
    ],
)
def test_what_does_not_fit_is_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        parsed(**values)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":' + b"[" * 60_000, b"\xef\xbb\xbf{}"]
)
def test_what_is_no_summary_at_all(body: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^The body is not a summary of events: "):
        parse_summary(body)
    assert parse_sender(body) == Sender()


def test_a_wrong_summary_still_says_whose_it_is() -> None:
    assert parse_sender(encoded(summary(DAY, version=7))) == Sender("acme", "editor")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = {name: st.just(value) | JSON for name, value in summary(DAY).items()}
NEARLY = st.fixed_dictionaries({}, optional=FIELDS).map(lambda body: json.dumps(body).encode())


@given(st.binary() | NEARLY | st.text().map(str.encode))
def test_any_body_is_a_summary_or_a_sentence(body: bytes) -> None:
    try:
        taken = parse_summary(body, default_owner="acme")
    except InvalidInput as error:
        sentence = str(error)
    else:
        sentence = "."
        assert 1 <= len(taken.events) <= MAX_EVENTS
        assert all(1 <= one.count <= MAX_COUNT for one in taken.events)
    assert sentence.endswith(".")
    assert sentence.isprintable()


PLAIN = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64).filter(
    lambda name: name[0].isalnum()
)
VALUES = st.dictionaries(PLAIN, st.integers(1, MAX_COUNT), max_size=4)
EVENTS = st.dictionaries(
    PLAIN,
    st.tuples(st.integers(1, MAX_COUNT), st.dictionaries(PLAIN, VALUES, max_size=3)),
    min_size=1,
    max_size=5,
)


@given(EVENTS, st.dates(), st.uuids())
def test_what_fits_is_taken_as_it_is(events: dict[str, Any], day: dt.date, batch_id: Any) -> None:
    sent = [{"name": name, "count": count, "properties": of} for name, (count, of) in events.items()]
    taken = parse_summary(encoded(summary(day, *sent, batch_id=str(batch_id))))
    assert [{"name": o.name, "count": o.count, "properties": o.properties} for o in taken.events] == sent
    assert (taken.day, taken.batch_id) == (day, batch_id)


def test_the_client_and_the_service_have_the_same_bounds() -> None:
    ours = (MAX_EVENTS, MAX_PROPERTIES, MAX_VALUES, MAX_COUNT)
    theirs = client_summary
    assert ours == (theirs.MAX_EVENTS, theirs.MAX_PROPERTIES, theirs.MAX_VALUES, theirs.MAX_COUNT)
    assert names.PLAIN.pattern == client_names._PLAIN
    assert names.VALUE.pattern == client_names._VALUE
    assert client_names.MAX_NAME == names.PLAIN.max_length == names.VALUE.max_length


def test_the_wire_states_the_bounds() -> None:
    assert f"64 KiB ({MAX_BODY_BYTES:,} bytes)" in WIRE
    for sentence in (
        f"1 to {MAX_EVENTS} of them",
        f"up to {MAX_PROPERTIES} per event",
        f"up to {MAX_VALUES} values",
        f"1 to {MAX_COUNT:,}",
    ):
        assert sentence in WIRE
