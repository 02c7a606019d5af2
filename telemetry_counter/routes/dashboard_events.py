"""`/dashboard/events/{app}`: what happens in an app, as its client library reports it."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard import wording
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import is_comparable
from telemetry_counter.dashboard.events import EventsView, Leads, events_figures, events_view
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.reporting.selection import previous
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_asking import asked_of
from telemetry_counter.store.reading.event_figures import build_event_report


@dataclass(frozen=True, slots=True)
class EventsPage:
    asked: Asked
    app: str
    sides: Sequence[Choice]
    first_event: str
    shown: EventsView


async def show_events(visit: Visit) -> Page:
    app = visit.request.path_params["app"]
    selection, asked = asked_of(visit, "events", app, app=app, more=("event",))
    service, before = visit.service, previous(selection)
    report = await build_event_report(service.client, service.keys, visit.admin, selection)
    then = None
    if is_comparable(selection, before, visit.reach):
        then = await build_event_report(service.client, service.keys, visit.admin, before)
    leads = Leads(of_day=asked.of_day, of_event=lambda event: asked.but(event=event))
    view = events_view(
        report,
        events_figures(report, then, wording.span(before.days), is_day_open=asked.ends_today),
        leads,
        asked.query.get("event", ""),
        has_filter=bool(selection.filters),
        is_day_open=asked.ends_today,
    )
    choices = sides(visit.links, app, "events", asked.query)
    shown = EventsPage(asked, app, choices, first_event(visit, app), view)
    return Page("events.html", app, shown)


def first_event(visit: Visit, app: str) -> str:
    """A program that sends one."""
    return f"""from telemetry_counter.client import Telemetry

telemetry = Telemetry("{visit.base_url}", owner="{visit.admin.name}", app="{app}", version="1.0.0")
telemetry.first_run_notice()
with telemetry:
    telemetry.send("opened", {{"event_properties": {{"kind": "pdf"}}}})"""
