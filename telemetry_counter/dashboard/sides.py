"""The three sides of an app: what checks for updates, what is read, what happens in it."""

from collections.abc import Mapping

from telemetry_counter.dashboard.asked import DAYS
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.reporting.selection import YEAR

SIDES = {"apps": "Checks", "sites": "Pages", "events": "Events"}
"""By the first part of their addresses."""


def sides(links: Links, app: str, current: str, query: Mapping[str, str]) -> list[Choice]:
    """Each over the same days, unless those are a year; filters differ, so they stay behind."""
    kept = {name: value for name, value in query.items() if name in DAYS and value != YEAR}
    return [
        Choice(label, links.with_query((place, app), kept), place == current)
        for place, label in SIDES.items()
    ]
