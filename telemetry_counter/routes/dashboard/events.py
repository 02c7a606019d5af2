"""`/dashboard/events/{app}`: what happens in an app, as its client library reports it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import NOTHING_BEFORE, compared
from telemetry_counter.dashboard.events import EventsView, Leads, events_figures, events_view
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.reporting.extras import is_kept
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.asking import asked_of
from telemetry_counter.store.reading.event_figures import build_event_report


@dataclass(frozen=True, slots=True)
class EventsPage:
    asked: Asked
    against: str
    app: str
    sides: Sequence[Choice]
    first_event: str
    shown: EventsView


async def show_events(visit: Visit) -> Page:
    app = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "events", app, app=app, more=("event",))
    pair, against = compared(selection, visit.reach.today), NOTHING_BEFORE
    report = await _report(visit, selection)
    if pair and is_kept(pair.before, visit.reach):
        now = await _report(visit, pair.now) if pair.is_without_today else report
        against = pair.against(now["summary"], (await _report(visit, pair.before))["summary"])
    leads = Leads(of_day=asked.of_day, of_event=lambda event: asked.but(event=event))
    view = events_view(
        report,
        events_figures(report, against, is_day_open=asked.ends_today),
        leads,
        asked.query.get("event", ""),
        has_filter=bool(selection.filters),
        is_day_open=asked.ends_today,
    )
    choices = sides(visit.links, app, "events", asked.query)
    shown = EventsPage(asked, against.said, app, choices, first_event(visit, app), view)
    return Page("events.html", app, shown)


async def _report(visit: Visit, selection: Selection) -> dict[str, Any]:
    return await build_event_report(visit.service.client, visit.service.keys, visit.admin, selection)


def first_event(visit: Visit, app: str) -> str:
    """A program that sends one."""
    return f"""from telemetry_counter.client import Telemetry

telemetry = Telemetry("{visit.base_url}", owner="{visit.admin.name}", app="{app}", version="1.0.0")
telemetry.first_run_notice()
with telemetry:
    telemetry.send("opened", {{"event_properties": {{"kind": "pdf"}}}})"""
