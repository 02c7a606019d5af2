"""A report's summary as large figures, each with its change and its days as a small line."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from telemetry_counter.dashboard.changes import Against
from telemetry_counter.dashboard.parts import Figure
from telemetry_counter.dashboard.small_charts import spark
from telemetry_counter.dashboard.wording import NONE, counted, number, percent

Row = Mapping[str, Any]
ACCURACY = "± 0.81 %"
SPARK_POINTS = 31
OF_DAYS = "each day by itself"
"""Over a year devices are not united, only their days are known."""
RISING = {
    "unique_clients": "good",
    "total_requests": "good",
    "clients_using_latest_version": "good",
    "clients_outdated": "bad",
}
"""What more of each figure means."""


def headline(report: Mapping[str, Any], against: Against, *, is_day_open: bool) -> list[Figure]:
    """`is_day_open`: the last day is not over yet."""
    summary = report["summary"]
    latest, outdated = summary["clients_using_latest_version"], summary["clients_outdated"]
    known = None if latest is None else latest + outdated

    def figure(label: str, name: str, base: str) -> Figure:
        days = [row[name] for row in report["daily_stats"]]
        return Figure(
            label,
            number(summary[name]),
            base if summary[name] is not None else OF_DAYS,
            against.change(name, rising=RISING[name]),
            line(closed(days, is_day_open)),
        )

    devices = figure("Devices", "unique_clients", f"estimated, {ACCURACY}")
    return [
        devices if summary["unique_clients"] is not None else _mean(report["daily_stats"], is_day_open),
        figure("Requests", "total_requests", _each(summary)),
        figure("On latest", "clients_using_latest_version", _share(latest, known)),
        figure("Outdated", "clients_outdated", _share(outdated, known)),
    ]


def line(values: Sequence[float | None]) -> Markup | None:
    """None where there is no line to draw: for a single day, or days of nothing."""
    return spark(thinned(values)) if len(values) > 1 and any(values) else None


def thinned(values: Sequence[float | None]) -> list[float | None]:
    """At most as many as a small line can show, each the mean of the values it stands for."""
    size = -(-len(values) // SPARK_POINTS)
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    return [sum(value or 0 for value in group) / len(group) for group in groups]


def closed(values: Sequence[Any], is_day_open: bool) -> Sequence[Any]:
    """Without the day that has only begun: it would look like a fall."""
    return values[:-1] if is_day_open and len(values) > 2 else values


def _each(summary: Mapping[str, Any]) -> str:
    devices = summary["unique_clients"]
    return f"exact, {summary['total_requests'] / devices:.1f} a device" if devices else "exact"


def _share(part: int | None, known: int | None) -> str:
    return f"{percent(part, known)} of {number(known)} of known state" if known else ""


def _mean(days: Sequence[Row], is_day_open: bool) -> Figure:
    """Where devices cannot be united, how many there are on a day with any."""
    whole = [row["unique_clients"] for row in closed(days, is_day_open) if row["unique_clients"]]
    known = whole or [row["unique_clients"] for row in days if row["unique_clients"]]
    value = number(sum(known) / len(known)) if known else NONE
    return Figure(
        "Devices a day", value, f"mean of {counted(len(known), 'day')}, {ACCURACY}", None, line(known)
    )
