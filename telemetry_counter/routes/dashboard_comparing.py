"""A page's report beside the days before, as far as these are kept."""

from typing import Any

from telemetry_counter.dashboard.changes import NOTHING_BEFORE, Against, is_comparable
from telemetry_counter.dashboard.wording import counted, span
from telemetry_counter.reporting.extras import Extras
from telemetry_counter.reporting.selection import Selection, previous
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.store.reading.full_reports import build_full_report
from telemetry_counter.store.reading.reports import both
from telemetry_counter.store.reading.requests_before import requests_before


async def compared_report(visit: Visit, selection: Selection) -> tuple[dict[str, Any], Against]:
    """The report and what it is compared with."""
    before = previous(selection)
    if selection.is_history or selection.days == (visit.reach.today,):
        return await _report(visit, selection), NOTHING_BEFORE
    if is_comparable(selection, before, visit.reach):
        days = span(before.days)
        return await _report(visit, selection, Extras(compare=True)), Against(days, f"Compared with {days}")
    return await _with_requests(visit, selection, before)


async def _with_requests(
    visit: Visit, selection: Selection, before: Selection
) -> tuple[dict[str, Any], Against]:
    """Beyond what is kept whole, requests alone can be compared, and those only without a filter."""
    service = visit.service
    own = service.keys.admin(visit.admin.name)
    report, requests = await both(
        _report(visit, selection), requests_before(service.client, own, selection.apps, before.days)
    )
    if requests is None or selection.filters:
        days = counted(len(before.days), "day")
        return report, Against(
            said=f"The {days} before are not kept whole, so there is nothing to compare with"
        )
    # In the form of a comparison; what it lacks is not compared.
    report["previous"] = {"summary": {"total_requests": requests}}
    days = span(before.days)
    return report, Against(days, f"Requests compared with {days}, of which plain figures are kept")


async def _report(visit: Visit, selection: Selection, extras: Extras | None = None) -> dict[str, Any]:
    service = visit.service
    return await build_full_report(
        service.client,
        service.keys,
        visit.admin,
        selection,
        service.now(),
        visit.reach,
        extras or Extras(),
    )
