import enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client.names import OTHER, is_name, is_value
from telemetry_counter.client.payload import flatten


class Mode(enum.StrEnum):
    DARK = "dark"


def test_the_three_kinds_of_properties() -> None:
    assert flatten(
        {
            "event_properties": {"kind": "pdf", "pages": 3, "signed": True, "left": None, "mode": Mode.DARK},
            "user_properties": {"os": "linux"},
            "group_properties": {"plan": "team"},
        }
    ) == {
        "kind": "pdf",
        "pages": "3",
        "signed": "true",
        "mode": "dark",
        "user.os": "linux",
        "group.plan": "team",
    }


@pytest.mark.parametrize("value", ["/home/user/thesis.pdf", "user@example.org", "", "x" * 65, ["a"], -1])
def test_what_may_not_leave_is_counted_as_other(value: object) -> None:
    assert flatten({"event_properties": {"kind": value}}) == {"kind": OTHER}


def test_an_unknown_kind_is_an_error() -> None:
    misspelt: Any = {"eventProperties": {}}
    with pytest.raises(ValueError, match="a payload has no eventProperties"):
        flatten(misspelt)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x" * 65, 3])
def test_a_bad_property_name_is_an_error(name: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        flatten({"event_properties": {name: "x"}})


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    )
)
def test_anything_is_flat_or_a_value_error(properties: dict[str, object]) -> None:
    try:
        flat = flatten({"event_properties": properties})
    except ValueError:
        return
    assert all(is_name(name) and (is_value(value) or value == OTHER) for name, value in flat.items())
