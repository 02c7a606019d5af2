"""Charts: well formed whatever they are given, and to scale."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg import SVG, A, Text, Title

from telemetry_counter.dashboard.charts import Curve, Panel, Slot, columns, curves
from telemetry_counter.dashboard.drawing import markup
from telemetry_counter.dashboard.scales import every_nth, ticks
from telemetry_counter.dashboard.small_charts import share_bar, spark

PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")))
"""What a text may hold in XML; HTML, which the charts are part of, takes more."""

AMOUNTS = st.one_of(st.none(), st.lists(st.floats(0, 1e12), min_size=1, max_size=3))


@given(text=PRINTABLE, attribute=PRINTABLE)
def test_every_string_stays_a_string(text: str, attribute: str) -> None:
    drawn = markup(
        SVG(
            class_=[attribute],
            id=attribute,
            extra={"aria-label": attribute},
            elements=[Title(text=text), A(href=attribute, elements=[Text(text=text)])],
        )
    )
    read = ElementTree.fromstring(drawn)  # noqa: S314
    assert [element.tag.partition("}")[2] for element in read.iter()] == ["svg", "title", "a", "text"]
    assert read.get("aria-label") == attribute
    assert read[1].get("href") == attribute
    assert (read[0].text or "", read[1][0].text or "") == (text, text)


@given(label=PRINTABLE, tip=PRINTABLE, href=PRINTABLE, stacks=st.lists(AMOUNTS, min_size=1, max_size=40))
def test_a_chart_holds_what_it_was_given_and_nothing_else(
    label: str, tip: str, href: str, stacks: list[list[float] | None]
) -> None:
    slots = [Slot(label, tip, href)] * len(stacks)
    drawn = columns(
        tip, slots, [Panel(label, stacks, ("s0", "s1", "rest")), Panel(label, stacks, ("s0",), 90)]
    )
    read = ElementTree.fromstring(drawn)  # noqa: S314
    assert {element.tag for element in read.iter()} <= {"svg", "g", "a", "line", "rect", "text", "title"}
    assert len(read.findall(".//a")) == (len(slots) if href else 0)
    assert read.get("role") == ("group" if href else "img")
    for rect in read.iter("rect"):
        assert float(rect.get("height", "0")) >= 0
        assert 0 <= float(rect.get("x", "0%").rstrip("%")) <= 100


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e12)), max_size=60))
def test_a_small_line_stays_within_its_box(values: list[float | None]) -> None:
    drawn = spark(values)
    if len(values) < 2:
        assert drawn == ""
        return
    for line in ElementTree.fromstring(drawn):  # noqa: S314
        for point in line.get("points", "").split():
            assert 0 <= float(point.partition(",")[2] or 0) <= 100


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40), PRINTABLE)
def test_curves_are_drawn_from_0_to_100(points: list[tuple[float, float]], label: str) -> None:
    read = ElementTree.fromstring(curves(label, [label, label], [Curve("s0", points)]))  # noqa: S314
    assert read.get("aria-label") == label


@given(st.one_of(st.integers(0, 10**15), st.floats(0, 1e15)), st.integers(1, 8))
def test_ticks_are_round_and_reach_the_top(most: float, wanted: int) -> None:
    scale = ticks(most, wanted)
    assert scale[0] == 0
    assert scale[-1] >= most * (1 - 1e-12)
    assert 2 <= len(scale) <= 2 * wanted + 2
    assert scale == sorted(set(scale))


def test_ticks() -> None:
    assert ticks(0) == [0, 1]
    assert ticks(1) == [0, 1]
    assert ticks(7) == [0, 2, 4, 6, 8]
    assert ticks(6_800) == [0, 2_000, 4_000, 6_000, 8_000]


@pytest.mark.parametrize(("count", "nth"), [(0, 1), (5, 1), (6, 2), (31, 7)])
def test_as_many_labels_as_fit(count: int, nth: int) -> None:
    assert every_nth(count, 5) == nth


def test_columns_are_to_scale() -> None:
    slots = [Slot("1", "one"), Slot("2", "two"), Slot("3", "unknown")]
    read = ElementTree.fromstring(columns("", slots, [Panel("", [[50], [100], None], ("s0",))]))  # noqa: S314
    small, large = (
        float(rect.get("height", "")) for rect in read.iter("rect") if rect.get("class") == "fill-s0"
    )
    assert small == pytest.approx(large / 2, abs=0.1)


def test_what_happened_is_marked_under_its_column() -> None:
    marks = {2: ["1.0"], 20: ["2.0", "1.9"], 22: ["2.1"], 27: ["1.2.3-beta.1"], 30: ["3.0"]}
    slots = [Slot(str(number), "", marks=marks.get(number, ())) for number in range(31)]
    panels = [Panel("Devices", [[1]] * 31, ["s0"]), Panel("Requests", [[1]] * 31, ["rest"])]
    plain, marked = (
        ElementTree.fromstring(columns("", some, panels))  # noqa: S314
        for some in ([Slot(slot.label, "") for slot in slots], slots)
    )
    signs = [text for text in marked.iter("text") if text.get("class") == "mark"]
    places = [round(float(sign.get("x", "").rstrip("%"))) for sign in signs]
    assert places == [round(100 * (number + 0.5) / 31) for number in (30, 27, 22, 20, 2)]
    texts = {text.text for text in marked.iter("text")} - {text.text for text in plain.iter("text")}
    assert texts == {signs[0].text, "3.0", "2.1", "1.0"}, "what is close to a later one or long has no label"
    assert float(marked.get("height", "")) > float(plain.get("height", ""))


def test_a_share_is_a_width() -> None:
    assert 'width="25%"' in share_bar(25)
    assert 'width="100%"' in share_bar(250)
