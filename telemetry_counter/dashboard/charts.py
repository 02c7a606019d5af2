"""Charts as SVG that stretches sideways: x in per cent, y in pixels, so that texts keep their size.

Colours and fonts are the stylesheet's, by class. A chart with links in it is a group, else an image.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from svg import (
    SVG,
    A,
    Element,
    G,
    Length,
    Line,
    Point,
    Polyline,
    PreserveAspectRatio,
    Rect,
    Text,
    Title,
    ViewBoxSpec,
)

from telemetry_counter.dashboard.drawing import markup
from telemetry_counter.dashboard.marks import MARK_PIXELS, mark_signs
from telemetry_counter.dashboard.scales import every_nth, percent, ticks
from telemetry_counter.dashboard.wording import short

MAX_LABELS = 5
"""On the x axis: so many fit on a phone."""

LABEL_PIXELS = 18
BAR_SHARE = 0.74
"""Of its slot; the rest is the gap to the next."""
WHOLE = Length(100, "%")
STRETCHED = PreserveAspectRatio("none")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the x axis: its label, what is said of it, and where it leads ('' for nowhere)."""

    label: str
    tip: str
    href: str = ""
    marks: Sequence[str] = ()
    """What happened there: a sign under the first panel's column, with the first of them if it fits."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure, drawn in a band of its own. `stacks`: for each slot its parts, from the ground up.

    None is a slot of which nothing is known. `tones` are classes, one for each part.
    """

    title: str
    stacks: Sequence[Sequence[float] | None]
    tones: Sequence[str]
    height: int = 160

    @property
    def most(self) -> float:
        return max((sum(stack) for stack in self.stacks if stack), default=0)


@dataclass(frozen=True, slots=True)
class Curve:
    """`points`: x and y, each from 0 to 1; y grows upwards."""

    tone: str
    points: Sequence[tuple[float, float]]


def columns(description: str, slots: Sequence[Slot], panels: Sequence[Panel]) -> Markup:
    """Panels below each other over the same slots."""
    marks = mark_signs([slot.marks for slot in slots], panels[0].height)
    tops = list(_tops(panels, MARK_PIXELS if marks else 0))
    height = tops[-1] + panels[-1].height
    scales = [ticks(panel.most, 2 if panel.height < 120 else 4) for panel in panels]
    grids = [
        _grid(panel, top, scale, len(panels) > 1)
        for panel, top, scale in zip(panels, tops, scales, strict=True)
    ]
    places = list(zip(panels, tops, (scale[-1] for scale in scales), strict=True))
    bars = [_slot(number, slots, places, height) for number in range(len(slots))]
    has_links = any(slot.href for slot in slots)
    return _frame(
        description, height + LABEL_PIXELS + 4, [*grids, *bars, *marks, _axis(slots, height)], has_links
    )


def curves(description: str, labels: Sequence[str], drawn: Sequence[Curve], height: int = 180) -> Markup:
    """Shares over time, from 0 to 100 %; `labels` spread evenly over the x axis."""
    scale = [0.0, 25.0, 50.0, 75.0, 100.0]
    panel = Panel("", (), (), height)
    grid = _grid(panel, 0, scale, False, " %")
    paths: list[Element] = [
        Polyline(
            points=[Point(round(100 * x, 2), round(100 * (1 - y), 2)) for x, y in curve.points],
            class_=["curve", "stroke-" + curve.tone],
        )
        for curve in drawn
    ]
    inner = SVG(
        xmlns=None,
        y=16,
        width=WHOLE,
        height=height - 16,
        viewBox=ViewBoxSpec(0, 0, 100, 100),
        preserveAspectRatio=STRETCHED,
        overflow="visible",
        elements=paths,
    )
    slots = [Slot(label, "") for label in labels]
    return _frame(description, height + LABEL_PIXELS + 4, [grid, inner, _axis(slots, height, True)], False)


def _tops(panels: Sequence[Panel], below_first: int) -> Iterable[int]:
    top = 0
    for panel in panels:
        yield top
        top += panel.height + 14 + below_first
        below_first = 0


def _grid(panel: Panel, top: int, scale: Sequence[float], has_title: bool, unit: str = "") -> Element:
    ground, head = top + panel.height, 26 if has_title else 16
    lines: list[Element] = []
    for value in scale:
        y = round(ground - (panel.height - head) * value / scale[-1], 1)
        lines.append(Line(x1=0, x2=WHOLE, y1=y, y2=y, class_=["ground" if value == 0 else "rule"]))
        if value:
            lines.append(Text(x=-8, y=y + 4, text=short(value) + unit, class_=["tick", "end"]))
    if has_title:
        lines.append(Text(x=WHOLE, y=top + 12, text=panel.title, class_=["tick", "end", "panel"]))
    return G(elements=lines, extra={"aria-hidden": "true"})


Place = tuple[Panel, int, float]
"""A panel, where it begins, and what its top stands for."""


def _slot(number: int, slots: Sequence[Slot], places: Sequence[Place], height: int) -> Element:
    slot, width = slots[number], 100 / len(slots)
    head = 26 if len(places) > 1 else 16
    x, thick = (number + (1 - BAR_SHARE) / 2) * width, BAR_SHARE * width
    shown: list[Element] = [
        Title(text=slot.tip),
        Rect(x=percent(number * width), width=percent(width), height=height, class_=["hit"]),
    ]
    for panel, top, most in places:
        ground = float(top + panel.height)
        for value, tone in zip(panel.stacks[number] or (), panel.tones, strict=False):
            tall = (panel.height - head) * value / most if most else 0
            if value:
                tall, ground = max(tall, 1.0), ground - max(tall, 1.0)
                shown.append(
                    Rect(
                        x=percent(x),
                        y=round(ground, 1),
                        width=percent(thick),
                        height=round(tall, 1),
                        class_=["fill-" + tone],
                    )
                )
    if slot.href:
        return A(href=slot.href, elements=shown, class_=["column"], extra={"aria-label": slot.tip})
    return G(elements=shown, class_=["column"])


def _axis(slots: Sequence[Slot], height: int, at_edges: bool = False) -> Element:
    """Labels under the slots' middles, or from one edge to the other."""
    step = every_nth(len(slots), MAX_LABELS)
    labels: list[Element] = []
    for number in range(0, len(slots), step):
        place = number / max(1, len(slots) - 1) if at_edges else (number + 0.5) / len(slots)
        # Columns begin after the scale, beside which there is room for half a label.
        side = "start" if at_edges and place < 0.06 else "end" if place > 0.94 else "middle"
        x = {"start": 0.0, "end": 100.0}.get(side, 100 * place)
        y = height + LABEL_PIXELS
        labels.append(Text(x=percent(x), y=y, text=slots[number].label, class_=["tick", side]))
    return G(elements=labels, extra={"aria-hidden": "true"})


def _frame(description: str, height: int, elements: list[Element], has_links: bool) -> Markup:
    titles: list[Element] = [] if has_links else [Title(text=description)]
    return markup(
        SVG(
            xmlns=None,
            width=WHOLE,
            height=height,
            class_=["plot"],
            extra={"role": "group" if has_links else "img", "aria-label": description},
            elements=titles + elements,
        )
    )
