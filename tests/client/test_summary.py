import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client.names import OTHER
from telemetry_counter.client.summary import (
    MAX_BYTES,
    MAX_COUNT,
    MAX_EVENTS,
    MAX_PROPERTIES,
    MAX_VALUES,
    Summary,
    parse_events,
)

names = st.sampled_from([f"{letter * length}" for letter in "abcdef" for length in (1, 30, 64)])
adds = st.lists(st.tuples(names, st.dictionaries(names, names, max_size=4)), max_size=60)


def encoded(summary: Summary) -> str:
    return json.dumps(summary.wire(), separators=(",", ":"))


def summed(added: list[tuple[str, dict[str, str]]]) -> Summary:
    summary = Summary()
    for event, properties in added:
        summary.add(event, properties)
    return summary


def test_adds_up_events_and_the_values_of_their_properties() -> None:
    summary = summed([("opened", {"kind": "pdf"}), ("opened", {"kind": "odt"}), ("opened", {"kind": "pdf"})])
    assert summary.wire() == [{"name": "opened", "count": 3, "properties": {"kind": {"pdf": 2, "odt": 1}}}]


@settings(deadline=None)
@given(adds)
def test_what_is_read_back_is_what_was_written(added: list[tuple[str, dict[str, str]]]) -> None:
    summary = summed(added)
    assert parse_events(json.loads(encoded(summary))).wire() == summary.wire()


@settings(deadline=None)
@given(adds, adds)
def test_merging_is_adding(
    first: list[tuple[str, dict[str, str]]], second: list[tuple[str, dict[str, str]]]
) -> None:
    merged = summed(first)
    merged.merge(summed(second))
    assert merged.wire() == summed(first + second).wire()


def test_the_hundredth_event_and_those_after_it_are_other() -> None:
    summary = summed([(f"event{number}", {}) for number in range(MAX_EVENTS - 1)])
    assert OTHER not in summary.events
    summary.add("one", {"kind": "pdf"})
    summary.add("more", {})
    assert len(summary.events) == MAX_EVENTS
    assert summary.events[OTHER].count == 2
    assert summary.events[OTHER].properties == {}


def test_the_fiftieth_value_and_those_after_it_are_other() -> None:
    summary = summed([("opened", {"kind": f"kind{number}"}) for number in range(MAX_VALUES - 1)])
    assert OTHER not in summary.events["opened"].properties["kind"]
    for kind in ("one", "more", "kind0"):
        summary.add("opened", {"kind": kind})
    kinds = summary.events["opened"].properties["kind"]
    assert len(kinds) == MAX_VALUES
    assert (kinds[OTHER], kinds["kind0"]) == (2, 2)


def test_a_property_too_many_is_left_out() -> None:
    summary = summed([("opened", {f"property{number}": "x" for number in range(MAX_PROPERTIES + 1)})])
    assert len(summary.events["opened"].properties) == MAX_PROPERTIES


def test_the_worst_of_programs_stays_below_the_limit_of_a_body() -> None:
    summary = Summary()
    for number in range(30_000):
        event, name = f"{number % 150:e>64}", f"{number % 23:p>64}"
        summary.add(event, {name: f"{number:v>64}"})
    for tally in summary.events.values():
        tally.count = MAX_COUNT
        for values in tally.properties.values():
            values.update(dict.fromkeys(values, MAX_COUNT))
    assert MAX_BYTES - 1000 < len(encoded(summary)) <= MAX_BYTES


def test_a_count_stops_at_its_bound() -> None:
    summary = parse_events([{"name": "opened", "count": MAX_COUNT, "properties": {}}])
    summary.add("opened", {})
    assert summary.events["opened"].count == MAX_COUNT


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "count", "properties", "a", ""]), inner, max_size=3)
    ),
)


@settings(deadline=None)
@given(json_values)
def test_anything_is_a_summary_or_a_value_error(value: object) -> None:
    try:
        summary = parse_events(value)
    except ValueError:
        return
    assert parse_events(summary.wire()).wire() == summary.wire()


@pytest.mark.parametrize(
    "event",
    [
        {"name": "opened", "count": 0, "properties": {}},
        {"name": "opened", "count": True, "properties": {}},
        {"name": "opened", "count": MAX_COUNT + 1, "properties": {}},
        {"name": "a b", "count": 1, "properties": {}},
        {"name": "opened", "count": 1},
        {"name": "opened", "count": 1, "properties": {"kind": {"/etc": 1}}},
        {"name": "opened", "count": 1, "properties": {"a b": {"x": 1}}},
    ],
)
def test_an_event_out_of_shape_is_refused(event: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_events([event])
