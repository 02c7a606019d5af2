"""The shapes of what anybody may read of public apps."""

import datetime as dt

from msgspec import field

from telemetry_counter.openapi.shapes import Strict


class WhatThisIs(Strict):
    """Paths of this service."""

    service: str
    dashboard: str
    report: str
    health: str


class BadgeEndpoint(Strict):
    """As shields.io's endpoint badge reads it."""

    schema_version: int = field(name="schemaVersion")
    label: str
    message: str
    color: str
    cache_seconds: int = field(name="cacheSeconds")


class PublicGroup(Strict):
    """`devices` in 30 days; `percent` of all of them."""

    name: str
    devices: int
    percent: int | None


class PublicDay(Strict):
    date: dt.date
    devices: int | None


class PublicStats(Strict):
    """Rounded; null stands for too few to tell. By day, week and month up to `until`."""

    owner: str
    app_name: str
    until: dt.date
    devices: dict[str, int | None]
    requests: dict[str, int | None]
    latest_version: str | None
    on_latest_percent: int | None
    versions: list[PublicGroup]
    platforms: list[PublicGroup]
    architectures: list[PublicGroup]
    channels: list[PublicGroup]
    daily: list[PublicDay]
    notes: list[str]
