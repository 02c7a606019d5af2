"""Changes: of days that are over, against as many before them."""

import datetime as dt
import re

import pytest
from harness import OWNER, Harness

from telemetry_counter.dashboard.wording import span
from telemetry_counter.reporting.history import DayRecord, Record
from telemetry_counter.reporting.selection import dates
from telemetry_counter.store.reading.history import write_history

from .signing import check, sign_in
from .test_overview import page
from .test_sites import EVENTS, SITE, event, view

pytestmark = pytest.mark.anyio

TODAY = dt.datetime.now(dt.UTC).replace(hour=12, minute=0)


def days_ago(number: int) -> dt.date:
    return TODAY.date() - dt.timedelta(days=number)


def clock_at(running: Harness, back: int) -> None:
    """At noon, so many days ago."""
    moment = (TODAY - dt.timedelta(days=back)).timestamp()
    running.service.clock.now = lambda: moment


async def grown(running: Harness) -> None:
    """Two devices on each day of a week, three on each of the next, and one so far today."""
    await running.publish("editor", "1.0.0")
    for back in range(14, -1, -1):
        clock_at(running, back)
        for device in range(1 if not back else 3 if back < 8 else 2):
            await check(running, f"device {device}")
    await sign_in(running)


def changes(text: str) -> dict[str, tuple[str, str]]:
    """What each large figure moved by, and what that means."""
    figures = re.findall(r"<dt>([^<]+)</dt>\s*<dd>(.*?)</dd>", text, re.S)
    found = {name: re.search(r'class="change \w+ (\w+)">([^<]+)<', shown) for name, shown in figures}
    return {name: (change[2], change[1]) for name, change in found.items() if change}


@pytest.mark.parametrize("address", ["/dashboard", "/dashboard/apps/editor"])
async def test_a_day_that_is_not_over_is_no_decline(running: Harness, address: str) -> None:
    await grown(running)
    text = await page(running, f"{address}?range=week")
    assert changes(text) == {
        "Devices": ("+50 %", "good"),
        "Requests": ("+50 %", "good"),
        "On latest": ("+50 %", "good"),
    }
    before = span(dates(days_ago(14), days_ago(8)))
    assert f"Compared without today: 7 closed days against the 7 before, {before}" in text
    assert f"compared with {before}, without today" in text
    assert '<span class="value">22</span>' in text, "the figure itself has today in it"


async def test_days_that_are_over_are_compared_as_they_are(running: Harness) -> None:
    await grown(running)
    text = await page(running, f"/dashboard?from={days_ago(7)}&to={days_ago(1)}")
    assert changes(text)["Requests"] == ("+50 %", "good")
    assert f"Compared with {span(dates(days_ago(14), days_ago(8)))}" in text
    assert "without today" not in text
    assert not changes(await page(running, "/dashboard?range=today"))


async def test_beyond_the_retention_requests_of_closed_days_are_compared(running: Harness) -> None:
    for back, devices in ((30, 3), (0, 2)):
        clock_at(running, back)
        for device in range(devices):
            await check(running, f"device {device}")
    before = dates(days_ago(60), days_ago(31))
    record = DayRecord(Record(), {"editor": Record(requests=2)})
    nothing = dict.fromkeys(before, DayRecord()) | {days_ago(31): record}
    own = running.service.keys.admin(OWNER)
    await write_history(running.service.client, own, nothing)
    await sign_in(running)
    text = await page(running, "/dashboard?range=month")
    assert changes(text) == {"Requests": ("+50 %", "good")}
    said = f"Requests compared without today: 30 closed days against the 30 before, {span(before)}"
    assert f"{said}, of which plain figures are kept" in text


async def test_pages_are_compared_without_today(running: Harness) -> None:
    for back, times in ((8, 2), (1, 3), (0, 1)):
        clock_at(running, back)
        for _ in range(times):
            await view(running, "/")
    await sign_in(running)
    text = await page(running, f"{SITE}?range=week")
    assert changes(text) == {"Views": ("+50 %", "good"), "Visitors": ("+0.0 %", "plain")}
    assert "Compared without today: 7 closed days against the 7 before" in text


async def test_events_are_compared_without_today(running: Harness) -> None:
    for back, times in ((8, 2), (1, 3), (0, 1)):
        clock_at(running, back)
        await event(running, "opened", times, day=days_ago(back))
    await sign_in(running)
    text = await page(running, f"{EVENTS}?range=week")
    assert changes(text)["Events"] == ("+50 %", "plain")
    assert "Compared without today: 7 closed days against the 7 before" in text
