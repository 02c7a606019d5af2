"""A page's report beside the days before, as far as these are kept."""

from typing import Any

from telemetry_counter.dashboard.changes import NOTHING_BEFORE, Against, Compared, compared
from telemetry_counter.dashboard.wording import counted
from telemetry_counter.reporting.extras import is_kept
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.store.reading.full_reports import BEFORE, build_full_report
from telemetry_counter.store.reading.reports import both
from telemetry_counter.store.reading.requests_before import requests_before

Report = dict[str, Any]


async def compared_report(visit: Visit, selection: Selection) -> tuple[Report, Against]:
    """The report and what it is compared with."""
    pair = None if selection.is_history else compared(selection, visit.reach.today)
    if pair is None:
        return await _report(visit, selection), NOTHING_BEFORE
    if is_kept(pair.before, visit.reach):
        return await _with_days(visit, selection, pair)
    return await _with_requests(visit, selection, pair)


async def _with_days(visit: Visit, selection: Selection, pair: Compared) -> tuple[Report, Against]:
    asked = both(_report(visit, selection), _report(visit, pair.before))
    if pair.is_without_today:
        (report, then), now = await both(asked, _report(visit, pair.now))
    else:
        report, then = await asked
        now = report
    report["notes"] += [f"{BEFORE}{note}" for note in then["notes"] if note not in report["notes"]]
    return report, pair.against(now["summary"], then["summary"])


async def _with_requests(visit: Visit, selection: Selection, pair: Compared) -> tuple[Report, Against]:
    """Beyond what is kept whole, requests alone can be compared, and those only without a filter."""
    own, days = visit.service.keys.admin(visit.admin.name), pair.before.days
    report, then = await both(
        _report(visit, selection), requests_before(visit.service.client, own, selection.apps, days)
    )
    if then is None or selection.filters:
        before = counted(len(days), "day")
        return report, Against(
            said=f"The {before} before are not kept whole, so there is nothing to compare with"
        )
    closed = {day.isoformat() for day in pair.now.days}
    now = sum(row["total_requests"] for row in report["daily_stats"] if row["date"] in closed)
    said = f"Requests {pair.how}, of which plain figures are kept"
    return report, Against(pair.days, said, {"total_requests": now}, {"total_requests": then})


async def _report(visit: Visit, selection: Selection) -> Report:
    service = visit.service
    return await build_full_report(
        service.client, service.keys, visit.admin, selection, service.now(), visit.reach
    )
