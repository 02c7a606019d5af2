"""The shapes of the reports of pages and of events."""

import datetime as dt

from msgspec import defstruct

from telemetry_counter.openapi.report_shapes import Accuracy
from telemetry_counter.openapi.shapes import Strict
from telemetry_counter.pages.dimensions import By, Dimension
from telemetry_counter.pages.report import LISTED


class PageFilters(Strict):
    path: str
    referrer: str


class PageSummary(Strict):
    """Visitors are unique per day, so over days they are a sum."""

    page_views: int
    sum_of_daily_visitors: int
    opted_out_views: int
    total_active_apps: int


class PageDay(Strict):
    date: dt.date
    page_views: int
    visitors: int


class PageHour(Strict):
    hour: int
    page_views: int


def row_of(dimension: Dimension) -> type:
    counted = "count" if dimension is By.EVENT.value else "page_views"
    fields = [(dimension.singular, str), (counted, int), ("sum_of_daily_visitors", int)]
    name = "".join(part.capitalize() for part in f"page_{dimension.singular}".split("_"))
    return defstruct(name, fields, bases=(Strict,), forbid_unknown_fields=True)


PageReport = defstruct(
    "PageReport",
    [
        ("date", dt.date),
        ("date_range", list[dt.date]),
        ("admin", str),
        ("filters", PageFilters),
        ("summary", PageSummary),
        ("daily_stats", list[PageDay]),
        *((of.plural, list[row_of(of)]) for of in LISTED),  # type: ignore[misc]
        ("hours", list[PageHour]),
        ("refusals", dict[str, int]),
        ("overflow", dict[str, int]),
        ("accuracy", Accuracy),
        ("notes", list[str]),
    ],
    forbid_unknown_fields=True,
)


class Happened(Strict):
    count: int
    client_count: int


class EventVersion(Happened):
    version: str


class EventPlatform(Happened):
    platform: str


class EventArchitecture(Happened):
    arch: str


class EventChannel(Happened):
    channel: str


class EventValue(Happened):
    value: str


class EventProperty(Strict):
    property: str
    values: list[EventValue]


class EventOfDay(Happened):
    date: dt.date


class EventRow(Happened):
    event: str
    versions: list[EventVersion]
    properties: list[EventProperty]
    daily: list[EventOfDay]


class EventSummary(Strict):
    total_events: int
    unique_clients: int
    total_active_apps: int
    event_names_count: int


class EventDay(Strict):
    date: dt.date
    total_events: int
    unique_clients: int


class EventReport(Strict):
    date: dt.date
    date_range: list[dt.date]
    admin: str
    summary: EventSummary
    events: list[EventRow]
    versions: list[EventVersion]
    platforms: list[EventPlatform]
    architectures: list[EventArchitecture]
    channels: list[EventChannel]
    daily_stats: list[EventDay]
    refusals: dict[str, int]
    overflow: dict[str, int]
    accuracy: Accuracy
    notes: list[str]
