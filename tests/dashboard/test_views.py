"""Views over names that no parser lets through, should one ever: shown as text, everywhere."""

import datetime as dt
from html.parser import HTMLParser
from typing import Any

import pytest

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard.adoption import adoption
from telemetry_counter.dashboard.app import Facts, app_view
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.changes import Against
from telemetry_counter.dashboard.frame import Frame, Page, render
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.overview import overview
from telemetry_counter.dashboard.sides import sides
from telemetry_counter.reporting.app_days import AppDays
from telemetry_counter.reporting.selection import Filters, Reach, Selection, dates
from telemetry_counter.reporting.spread import Spread

NOW = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)
DAYS = dates(NOW.date() - dt.timedelta(days=7), NOW.date())
REACH = Reach(NOW.date(), 30)
HOSTILE = [
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    "</title></svg><script>",
    "{{ 7 * 7 }}",
    "مرحبا\N{RIGHT-TO-LEFT OVERRIDE}",
    "界" * 64,
]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attributes)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def clients(requests: int, devices: int) -> dict[str, int]:
    return {
        "total_requests": requests,
        "unique_clients": devices,
        "clients_using_latest_version": devices // 2,
        "clients_outdated": devices // 3,
    }


def report(name: str) -> dict[str, Any]:
    usage = [{"version": name, "client_count": 7}, {"version": "1.0", "client_count": 3}]
    return {
        "summary": clients(800, 80) | {"total_active_apps": 1},
        "versions": {"usage": usage},
        "platforms": [{"platform": name, "client_count": 7}],
        "architectures": [{"arch": name, "client_count": 7}],
        "channels": [{"channel": name, "client_count": 7}],
        "daily_stats": [{"date": day.isoformat(), **clients(100, 10)} for day in DAYS],
        "daily_versions": [{"date": day.isoformat(), "usage": usage} for day in DAYS],
        "notes": [name],
    }


def adopted(name: str) -> dict[str, Any]:
    days = [
        {"date": d.isoformat(), "day": n, "client_count": n, "of": 10, "share": n / 10}
        for n, d in enumerate(DAYS)
    ]
    release = {
        "version": name,
        "published": NOW.isoformat(),
        "withdrawn": False,
        "days": days,
        "days_to": {"50": 5, "80": None, "95": None},
    }
    tail = {
        "date_range": [day.isoformat() for day in DAYS],
        "devices": [{"releases_behind": 1, "version": name, "client_count": 9}],
        "older": 4,
    }
    return {
        "channel": name,
        "platform": "",
        "arch": name,
        "date_range": [day.isoformat() for day in DAYS],
        "releases": [release],
        "stale_tail": tail,
        "notes": [name],
    }


def asked(name: str) -> Asked:
    query = {"range": "week", "platforms": name}
    return Asked(Links("/base"), ("apps", name), query, DAYS, REACH, with_year=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_apps_page(name: str) -> None:
    spread = Spread(DAYS[-2], [name, ""], [name], {(name, name): 5, ("", ""): 1}, {name: 6, "": 1})
    facts = Facts(report(name), {"date": "2025-06-16", "daily": 1, "weekly": 2, "monthly": None}, spread,
                  adoption(adopted(name), NOW), {"platforms": [name]})  # fmt: skip
    selection = Selection(DAYS, (name,), Filters(platforms=(name,)))
    view = app_view(
        App(name, NOW),
        asked(name),
        selection,
        facts,
        sides(Links("/base"), name, "apps", {}),
        None,
        NOW,
    )
    text = render(Page("app.html", name, view), Frame(Links("/base"), name, (), "token", "12:00 UTC"))
    assert_only_text(text, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_overview(name: str) -> None:
    days = AppDays(name, [5] * 8, [5] * 8, 9, 3, 2, DAYS[-2])
    view = overview(asked(name), report(name), [days], {name: App(name, NOW)}, NOW, Against(name, name))
    text = render(Page("overview.html", "Overview", view), Frame(Links("/base"), name))
    assert_only_text(text, name)


def assert_only_text(page: str, name: str) -> None:
    found = read(page)
    assert "script" not in found.tags
    assert not {name for name in found.attributes if name.startswith("on")}
    assert "style" not in found.attributes
    assert any(name in text for text in found.texts)
    assert "49" not in [text.strip() for text in found.texts]
