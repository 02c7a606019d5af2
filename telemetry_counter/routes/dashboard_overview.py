"""`/dashboard`: all apps at a glance."""

from telemetry_counter.dashboard.frame import Page
from telemetry_counter.routes.dashboard_access import Visit


async def overview(visit: Visit) -> Page:
    return Page("overview.html", "Overview", None)
