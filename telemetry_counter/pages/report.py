"""The report of pages as it goes out."""

from collections.abc import Mapping
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.pages.dimensions import ALL, By, Dimension
from telemetry_counter.pages.filters import PageFilter
from telemetry_counter.pages.tally import Figure, PageTally
from telemetry_counter.reporting.selection import Selection

LONGEST_LIST = 100
UNLISTED = (By.PAIR, By.HOUR)
LISTED = tuple(by.value for by in By if by not in UNLISTED)

ACCURACY = {
    "method": "HyperLogLog",
    "standard_error_percent": 0.81,
    "meaning": "Visitors are estimates, two thirds of them within 0.81 % of the truth and 99 % within 2.1 %; "
    "page views are exact.",
}
VISITORS = (
    "A visitor is a network and a browser on one site and one day. Over several days or sites, visitors are "
    "the sum: somebody who comes on three days is counted three times."
)
FILTERED = (
    "Browsers, systems, devices, languages, countries, hours, events and campaigns are not kept by page and "
    "referrer, so they are left out where a filter is set; opted_out_views and refusals are of all pages."
)
UNFILTERED = "Pages have no channel, platform or architecture: these filters change nothing here."
REFUSALS = "Refusals are those of all requests of the apps, update checks and events included."


def shown_figures(tally: PageTally) -> list[Figure]:
    """Those whose visitors are shown: all days, and the rows of the lists."""
    days = [figure for figure in tally.sketches if figure[-1] == ALL]
    rows = [(d.prefix, value) for d in LISTED for value in most_viewed(tally, d)]
    return [*days, *(row for row in rows if row in tally.sketches)]


def most_viewed(tally: PageTally, dimension: Dimension) -> list[str]:
    """Values, most views first, then by name; (other) comes last, whatever its number."""
    views = {figure[1]: n for figure, n in tally.views.items() if figure[0] == dimension.prefix}
    named = sorted(views.keys() - {OTHER}, key=lambda value: (-views[value], value))[:LONGEST_LIST]
    return [*named, OTHER] if OTHER in views else named


def build(
    admin: str, selection: Selection, only: PageFilter, tally: PageTally, visitors: Mapping[Figure, int]
) -> dict[str, Any]:
    overflow = {by.value.plural: tally.overflow.get(by.value.prefix, 0) for by in By if by.value.cap != 0}
    return {
        "date": selection.days[0].isoformat(),
        "date_range": [day.isoformat() for day in selection.days],
        "admin": admin,
        "filters": {"path": only.path, "referrer": only.referrer},
        "summary": {
            "page_views": tally.views[ALL,],
            "sum_of_daily_visitors": visitors.get((ALL,), 0),
            "opted_out_views": tally.opted_out,
            "total_active_apps": len(tally.active_apps),
        },
        "daily_stats": [_day(day.isoformat(), tally, visitors) for day in selection.days],
        **{dimension.plural: _rows(dimension, tally, visitors) for dimension in LISTED},
        "hours": [] if only else [_hour(hour, tally) for hour in range(24)],
        "refusals": dict(sorted(tally.refusals.items())),
        "overflow": overflow,
        "accuracy": ACCURACY,
        "notes": notes(selection, only, tally, overflow),
    }


def notes(selection: Selection, only: PageFilter, tally: PageTally, overflow: Mapping[str, int]) -> list[str]:
    """Sentences on what the figures cannot tell."""
    said = [VISITORS]
    for name, views in overflow.items():
        if views:
            said.append(f"There were more {name} than are told apart a day: {views} went to {OTHER}.")
    for dimension in LISTED:
        distinct = sum(figure[0] == dimension.prefix and figure[1] != OTHER for figure in tally.views)
        if distinct > LONGEST_LIST:
            said.append(f"Of {distinct} {dimension.plural} the {LONGEST_LIST} most viewed are listed.")
    if only:
        said.append(FILTERED)
    if selection.filters:
        said.append(UNFILTERED)
    return [*said, REFUSALS]


def _day(date: str, tally: PageTally, visitors: Mapping[Figure, int]) -> dict[str, Any]:
    figure = (date, ALL)
    return {"date": date, "page_views": tally.views[figure], "visitors": visitors.get(figure, 0)}


def _rows(dimension: Dimension, tally: PageTally, visitors: Mapping[Figure, int]) -> list[dict[str, Any]]:
    counted = "count" if dimension is By.EVENT.value else "page_views"
    return [
        {
            dimension.singular: value,
            counted: tally.views[dimension.prefix, value],
            "sum_of_daily_visitors": visitors.get((dimension.prefix, value), 0),
        }
        for value in most_viewed(tally, dimension)
    ]


def _hour(hour: int, tally: PageTally) -> dict[str, int]:
    return {"hour": hour, "page_views": tally.views[By.HOUR.value.prefix, f"{hour:02}"]}
