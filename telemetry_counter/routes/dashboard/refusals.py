"""`/dashboard/refusals`: what was not counted, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.dashboard.refusals import RefusalsView, refusals_view
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.asking import asked_of
from telemetry_counter.store.reading.uncounted import read_uncounted
from telemetry_counter.store.service_days import days_off

NOT_GRANTED = "(other apps)"
"""What a team user sees of apps that are not granted: they are counted in, but not told apart."""


@dataclass(frozen=True, slots=True)
class RefusalsPage:
    asked: Asked
    apps: Sequence[Choice]
    shown: RefusalsView


async def show_refusals(visit: Visit) -> Page:
    """Of all apps, or of one; a team user may choose those that are granted."""
    selection, asked = asked_of(visit, "refusals")
    service, chosen = visit.service, asked.query.get("apps", "")
    found = await read_uncounted(
        service.client, service.keys, visit.admin.name, selection.apps, selection.days
    )
    if visit.grants:
        found = found.naming(visit.grants.apps, NOT_GRANTED)
    off = await days_off(service.client, service.keys, selection.days)
    allowed = sorted(visit.admin.apps.keys() & visit.grants.apps if visit.grants else visit.admin.apps)
    choices = [
        Choice("All apps", asked.but(apps=""), not chosen),
        *(Choice(app, asked.but(apps=app), chosen == app) for app in allowed),
    ]
    view = refusals_view(
        found, selection.days, off, asked.of_day, lambda app: asked.but(apps=app) if app in allowed else ""
    )
    return Page("refusals.html", "Not counted", RefusalsPage(asked, choices, view), "refusals")
