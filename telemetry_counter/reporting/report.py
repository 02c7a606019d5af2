"""A report as it goes out: the figures of a selection in the fields that other programs read."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from telemetry_counter.counting.names import OTHER, UNPLACED
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import sort_versions, version_key
from telemetry_counter.reporting.figures import Clients, Figures
from telemetry_counter.reporting.selection import Filters, Selection

ACCURACY = {
    "method": "HyperLogLog",
    "standard_error_percent": 0.81,
    "meaning": "Device figures are estimates, two thirds of them within 0.81 % of the truth and 99 % within "
    "2.1 %; request figures are exact.",
}
OF_OUTDATED = {
    "clients_outdated": "A difference of two such estimates, so less close where few are outdated among many."
}
OVERFLOWED = {
    "c:": "channels",
    "p:": "platforms",
    "a:": "architectures",
    "v:": "versions",
    "x:": "cells",
}
"""What went to (other), by the end of its counter."""


def build(admin: str, selection: Selection, figures: Figures, published: set[str]) -> dict[str, Any]:
    """`published`: the versions the selected apps have published."""
    overflow = {name: figures.overflow.get(counter, 0) for counter, name in OVERFLOWED.items()}
    return {
        "date": selection.days[0].isoformat(),
        "date_range": [day.isoformat() for day in selection.days],
        "admin": admin,
        "summary": {
            "total_requests": figures.requests,
            **_clients(figures.clients),
            "total_active_apps": len(figures.active_apps),
        },
        "versions": _versions(figures.under("v:"), published),
        "platforms": _by_size("platform", figures.under("p:")),
        "architectures": _by_size("arch", figures.under("a:")),
        "channels": _by_size("channel", figures.under("c:")),
        "daily_stats": daily_stats(figures),
        "refusals": dict(sorted(figures.refusals.items())),
        "overflow": overflow,
        "accuracy": ACCURACY | OF_OUTDATED,
        "notes": notes(selection, overflow, figures),
        **({"daily_versions": daily_versions(figures)} if len(selection.apps) == 1 else {}),
    }


def published_versions(releases: Iterable[Release], filters: Filters, at: dt.datetime) -> set[str]:
    """Versions out at that moment for something the filters take."""
    return {release.version for release in releases if release.is_out(at) and _concerns(release, filters)}


def _concerns(release: Release, filters: Filters) -> bool:
    """A release without a channel, platform or arch is for every one."""
    pairs = (
        (release.channel, filters.channels),
        (release.platform, filters.platforms),
        (release.arch, filters.architectures),
    )
    return all(not value or not values or value in values for value, values in pairs)


def daily_stats(figures: Figures) -> list[dict[str, Any]]:
    return [
        {"date": day.isoformat(), "total_requests": of_day.requests, **_clients(of_day.clients)}
        for day, of_day in figures.days.items()
    ]


def daily_versions(figures: Figures) -> list[dict[str, Any]]:
    """Devices of each version by day; only a report of a single app has them."""
    return [day_versions(day, of_day.versions) for day, of_day in figures.days.items()]


def day_versions(day: dt.date, devices: Mapping[str, int]) -> dict[str, Any]:
    versions = sorted(devices, key=lambda version: (-devices[version], version))
    usage = [{"version": version, "client_count": devices[version]} for version in versions]
    return {"date": day.isoformat(), "usage": usage}


def notes(selection: Selection, overflow: Mapping[str, int], figures: Figures) -> list[str]:
    """Sentences on what the figures cannot tell."""
    said = []
    for name, requests in overflow.items():
        if requests:
            left_out = ", which a filter leaves out" if name == "cells" and selection.filters else ""
            said.append(
                f"There were more {name} than are told apart a day: {requests} requests are counted "
                f"under {OTHER}{left_out}."
            )
    unplaced = figures.overflow.get(UNPLACED, 0)
    if selection.filters and unplaced:
        said.append(
            f"{unplaced} requests were imported as a number alone, so a filter leaves them out: of imported "
            "days it counts one request for each device and day."
        )
    if selection.filters and figures.refusals:
        said.append("Refusals are not filtered: what is refused has no channel, platform or architecture.")
    return said


def _clients(clients: Clients) -> dict[str, int]:
    return {
        "unique_clients": clients.unique,
        "clients_using_latest_version": clients.latest,
        "clients_outdated": clients.outdated,
    }


def _versions(devices: Mapping[str, int], published: set[str]) -> dict[str, Any]:
    seen = devices.keys() - {OTHER}
    usage = sorted(devices, key=lambda v: (v == OTHER, -devices[v], version_key(v), v))
    return {
        "used_versions_count": len(seen),
        "known_versions": sort_versions(seen | published),
        "usage": [{"version": version, "client_count": devices[version]} for version in usage],
    }


def _by_size(field: str, devices: Mapping[str, int]) -> list[dict[str, Any]]:
    names = sorted(devices, key=lambda name: (name == OTHER, -devices[name], name))
    return [{field: name, "client_count": devices[name]} for name in names]
