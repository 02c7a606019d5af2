"""Signs under a chart's columns: something happened there."""

from collections.abc import Sequence

from svg import Element, G, Text

from telemetry_counter.dashboard.scales import percent

MARK = "\N{BLACK UP-POINTING TRIANGLE}"
MARK_PIXELS = 22
LABEL_GAP = 0.2
"""Of the chart's width, between two labels."""

MAX_LETTERS = 9
"""Of a label: they are as wide as that gap on a phone."""


def mark_signs(marks: Sequence[Sequence[str]], ground: int) -> list[Element]:
    """`marks`: of each column what happened; the first of it is the label, where it has room.

    Labels that are close make room for the later one.
    """
    shown: list[Element] = []
    free = 1.0
    for number, said in reversed(list(enumerate(marks))):
        if said:
            place = (number + 0.5) / len(marks)
            shown.append(Text(x=percent(100 * place), y=ground + 11, text=MARK, class_=["mark"]))
            if place <= free and len(said[0]) <= MAX_LETTERS:
                free = place - LABEL_GAP
                shown.append(_label(place, ground + 23, said[0]))
    return [G(elements=shown, extra={"aria-hidden": "true"})] if shown else []


def _label(place: float, y: int, text: str) -> Element:
    side = "end" if place > 0.94 else "middle"
    return Text(x=percent(100.0 if side == "end" else 100 * place), y=y, text=text, class_=["tick", side])
