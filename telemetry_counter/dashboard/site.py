"""A site's page: its views and visitors, and who reads what from where."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.dashboard.changes import Against, Summary
from telemetry_counter.dashboard.headline import closed, line
from telemetry_counter.dashboard.lists import DayLead, Lead, bar_list, full_table, nowhere
from telemetry_counter.dashboard.notes import without_refusals
from telemetry_counter.dashboard.parts import BarList, Chart, Figure, Table
from telemetry_counter.dashboard.site_charts import daily_chart, hourly_chart
from telemetry_counter.dashboard.wording import number, percent
from telemetry_counter.pages.dimensions import By
from telemetry_counter.pages.report import LONGEST_LIST

OF_VIEWS = "Views, and their share of all"
VISITORS = "sum of the days"
"""Nobody is recognised from one day to the next, so over days visitors can only be added."""

UNKNOWN_COUNTRY = "No country is known: set GEOIP_DB or COUNTRY_HEADER to learn where readers are."


@dataclass(frozen=True, slots=True)
class SiteView:
    """`profiles`: what readers use and where they are; empty under a filter, which they are not kept by."""

    figures: Sequence[Figure]
    days: Chart | None
    hours: Chart | None
    pages: BarList
    referrers: BarList
    all_pages: Table
    all_referrers: Table
    conversions: BarList
    campaigns: Sequence[BarList]
    profiles: Sequence[BarList]
    path: str
    referrer: str
    has_views: bool
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a day, a path and a referrer lead."""

    of_day: DayLead = nowhere
    of_path: Lead = nowhere
    of_referrer: Lead = nowhere


Report = Mapping[str, Any]


def site_view(report: Report, figures: Sequence[Figure], leads: Leads) -> SiteView:
    views = report["summary"]["page_views"]
    is_filtered = any(report["filters"].values())
    return SiteView(
        figures=figures,
        days=daily_chart(report["daily_stats"], leads.of_day) if len(report["daily_stats"]) > 1 else None,
        hours=hourly_chart(report["hours"]) if views and report["hours"] else None,
        pages=_list(report, "pages", "Pages", views, leads.of_path),
        referrers=_list(report, "referrers", "Referrers", views, leads.of_referrer, _NO_REFERRER),
        all_pages=_table(report, "pages", "Pages", leads.of_path),
        all_referrers=_table(report, "referrers", "Referrers", leads.of_referrer),
        conversions=_conversions(report, is_filtered),
        campaigns=[] if is_filtered else _lists(report, CAMPAIGNS, views, only_with_rows=True),
        profiles=[] if is_filtered else _lists(report, PROFILES, views),
        path=report["filters"]["path"],
        referrer=report["filters"]["referrer"],
        has_views=bool(views),
        notes=without_refusals(report["notes"]),
    )


def sum_of(report: Report, dates: Collection[dt.date]) -> Summary:
    """Views and visitors of some of its days, which add up as those of all do."""
    shown = {date.isoformat() for date in dates}
    rows = [row for row in report["daily_stats"] if row["date"] in shown]
    return {
        "page_views": sum(row["page_views"] for row in rows),
        "sum_of_daily_visitors": sum(row["visitors"] for row in rows),
    }


def site_figures(report: Report, against: Against, *, is_day_open: bool) -> list[Figure]:
    """The large numbers."""
    now = report["summary"]
    views, visitors, quiet = (
        now[name] for name in ("page_views", "sum_of_daily_visitors", "opted_out_views")
    )
    days = closed(report["daily_stats"], is_day_open)
    # What is filtered says nothing of these: they are counted for the site as a whole.
    of_all = ", on all pages" if any(report["filters"].values()) else f", {percent(quiet, views)} of all"
    return [
        Figure(
            "Views",
            number(views),
            "every page shown",
            against.change("page_views", rising="good"),
            line([row["page_views"] for row in days]),
        ),
        Figure(
            "Visitors",
            number(visitors),
            VISITORS if len(report["daily_stats"]) > 1 else "of the day",
            against.change("sum_of_daily_visitors", rising="good"),
            line([row["visitors"] for row in days]),
        ),
        Figure("Views per visitor", f"{views / visitors:.1f}" if visitors else number(None), "on one day"),
        Figure("Without recognition", number(quiet), f"views of people who asked for that{of_all}"),
    ]


_NO_REFERRER = "Nobody came from another site."
PROFILES = (
    ("browsers", "Browsers", "Nothing stated a browser."),
    ("systems", "Systems", "Nothing stated a system."),
    ("devices", "Devices", "Nothing stated a device."),
    ("countries", "Countries", UNKNOWN_COUNTRY),
    ("languages", "Languages", "Nothing stated a language."),
)
CAMPAIGNS = (
    ("utm_sources", "Campaign sources", ""),
    ("utm_mediums", "Campaign media", ""),
    ("utm_campaigns", "Campaigns", ""),
)
SINGULAR = {by.value.plural: by.value.singular for by in By}


def _list(
    report: Report, plural: str, title: str, views: int, lead: Lead = nowhere, empty: str = ""
) -> BarList:
    return bar_list(
        title,
        OF_VIEWS,
        report[plural],
        SINGULAR[plural],
        "page_views",
        views,
        lead=lead,
        empty=empty,
        longest=LONGEST_LIST,
    )


def _lists(
    report: Report, wanted: Sequence[tuple[str, str, str]], views: int, only_with_rows: bool = False
) -> list[BarList]:
    return [
        _list(report, plural, title, views, empty=empty)
        for plural, title, empty in wanted
        if report[plural] or not only_with_rows
    ]


def _table(report: Report, plural: str, title: str, lead: Lead) -> Table:
    fields = [(title, SINGULAR[plural]), ("Views", "page_views"), ("Visitors", "sum_of_daily_visitors")]
    return full_table(f"{title}: views, and visitors as the {VISITORS}", report[plural], fields, lead)


def _conversions(report: Report, is_filtered: bool) -> BarList:
    """Of each event how often, beside how many visitors it had of all."""
    visitors = report["summary"]["sum_of_daily_visitors"]
    return bar_list(
        "Conversions",
        "Visitors with the event, of all visitors",
        report["events"],
        "event",
        "sum_of_daily_visitors",
        visitors,
        empty=(
            "Events are not kept by page and referrer; take the filter away to see them."
            if is_filtered
            else "No events yet: send one with the parameter name of a hit, as in name=download."
        ),
    )
