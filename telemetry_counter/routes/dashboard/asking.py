"""From a page's address to the selection that a report takes."""

from collections.abc import Collection

from telemetry_counter.dashboard.asked import DAYS, Asked, default_range
from telemetry_counter.errors import InvalidInput
from telemetry_counter.reporting.selection import PARAMETERS, YEAR, Selection, parse_selection
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.reports import only_known

NO_YEAR = (
    "range=year is of update checks alone: of page views, events and refusals nothing is kept that long. "
    "Choose today, week or month."
)


def asked_of(
    visit: Visit,
    *places: str,
    app: str = "",
    more: Collection[str] = (),
    with_year: bool = False,
) -> tuple[Selection, Asked]:
    """`more`: parameters the page takes beside a report's. Raises InvalidInput, Forbidden or NotFound.

    With `app` the selection is of that app alone, and takes no other. Without any days: the longest range
    that is kept.
    """
    given = only_known(visit.request, (PARAMETERS - {"apps"} if app else PARAMETERS) | set(more))
    query = {name: value for name, value in given.items() if value}
    if query.get("range") == YEAR and not with_year:
        raise InvalidInput(NO_YEAR)
    if not any(name in query for name in DAYS):
        query = {"range": default_range(visit.reach), **query}
    parameters = query | ({"apps": app} if app else {})
    selection = parse_selection(parameters, visit.reach, visit.admin.apps, visit.grants, with_year=with_year)
    return selection, Asked(visit.links, places, query, selection.days, visit.reach, with_year)
