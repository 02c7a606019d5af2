"""Days on which something was released, after which devices have an update to take."""

import datetime as dt
from collections.abc import Iterable, Mapping

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.releases.versions import sort_versions
from telemetry_counter.reporting.report import published_versions
from telemetry_counter.reporting.selection import Filters

ReleaseDays = Mapping[dt.date, list[str]]
"""What came out on each, by name."""


def of_app(app: App, filters: Filters, now: dt.datetime) -> ReleaseDays:
    """Versions, the newest first, of something that the filters take."""
    found: dict[dt.date, set[str]] = {}
    for release in app.releases:
        if release.published <= now:
            versions = published_versions([release], filters, release.published)
            found.setdefault(release.published.date(), set()).update(versions)
    return {day: sort_versions(versions)[::-1] for day, versions in found.items() if versions}


def of_apps(apps: Iterable[App], now: dt.datetime) -> ReleaseDays:
    """Versions with the name of their app before them."""
    found: dict[dt.date, list[str]] = {}
    for app in apps:
        for day, versions in of_app(app, Filters(), now).items():
            found.setdefault(day, []).extend(f"{app.name} {version}" for version in versions)
    return found
