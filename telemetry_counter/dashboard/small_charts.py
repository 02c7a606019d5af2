"""Small drawings beside figures: decoration, so nothing is said of them."""

from collections.abc import Sequence

from markupsafe import Markup
from svg import SVG, Point, Polyline, Rect, ViewBoxSpec

from telemetry_counter.dashboard.charts import STRETCHED, WHOLE
from telemetry_counter.dashboard.drawing import markup
from telemetry_counter.dashboard.scales import percent

SPARK_WIDTH, SPARK_HEIGHT = 100, 28


def spark(values: Sequence[float | None]) -> Markup:
    """A line so small that it needs no axis; it is decoration beside a figure."""
    known = [value or 0.0 for value in values]
    if len(known) < 2:
        return Markup("")
    most = max(known) or 1.0
    step = SPARK_WIDTH / (len(known) - 1)
    points = [
        Point(round(number * step, 2), round(SPARK_HEIGHT - 2 - (SPARK_HEIGHT - 4) * value / most, 2))
        for number, value in enumerate(known)
    ]
    area = [Point(0, SPARK_HEIGHT), *points, Point(SPARK_WIDTH, SPARK_HEIGHT)]
    return markup(
        SVG(
            xmlns=None,
            viewBox=ViewBoxSpec(0, 0, SPARK_WIDTH, SPARK_HEIGHT),
            preserveAspectRatio=STRETCHED,
            class_=["spark"],
            extra={"aria-hidden": "true", "focusable": "false"},
            elements=[
                Polyline(points=area, class_=["spark-area"]),
                Polyline(points=points, class_=["curve"]),
            ],
        )
    )


def share_bar(share: float, tone: str = "s0") -> Markup:
    """A bar of that many per cent; the figure is written beside it."""
    return markup(
        SVG(
            xmlns=None,
            class_=["share"],
            extra={"aria-hidden": "true", "focusable": "false"},
            elements=[
                Rect(width=WHOLE, height=WHOLE, class_=["track"]),
                Rect(width=percent(min(100.0, share)), height=WHOLE, class_=["fill-" + tone]),
            ],
        )
    )
