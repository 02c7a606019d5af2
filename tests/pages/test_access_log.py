"""Page views from access logs."""

import datetime as dt
import gzip
import io
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import InvalidInput
from telemetry_counter.importing.access_log import AccessLogReader, own_hosts_in
from telemetry_counter.importing.log_lines import read_hour, read_line, read_request
from telemetry_counter.importing.runs import import_lines, opened, writer_id
from telemetry_counter.pages.filters import EVERY_VIEW
from telemetry_counter.pages.paths import Page
from telemetry_counter.reporting.selection import Selection
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.page_figures import build_page_report

from .log_reference import read_log, shifted
from .running import CHROME, FIREFOX

pytestmark = pytest.mark.anyio

NOW = dt.datetime.now(dt.UTC)
TODAY = NOW.date()
YESTERDAY = TODAY - dt.timedelta(days=1)
ADMIN = Admin("acme", 1, {"docs": App("docs", NOW), "docs.example.org": App("docs.example.org", NOW)})

REAL_LOG = Path(os.environ.get("ACCESS_LOG") or Path(__file__).parents[3] / "shared" / "data" / "access.log")
"""Two days of a real site."""


def reader(site: str = "docs", today: dt.date = TODAY, **more: Any) -> AccessLogReader:
    given = {"retention_days": 30, "value_cap": 200, "own_hosts": ("example.org",), **more}
    return AccessLogReader(ADMIN, site, lambda day: bytes(32), today=today, **given)


def line(
    request: str = "GET /x HTTP/1.1",
    status: int = 200,
    referrer: str = "-",
    agent: str = CHROME,
    address: str = "203.0.113.7",
    day: dt.date = TODAY,
    stamp: str = "12:00:00 +0000",
    host: str = "",
) -> bytes:
    start = f"{host}{address} - - [{day:%d/%b/%Y}:{stamp}]"
    return f'{start} "{request}" {status} 123 "{referrer}" "{agent}"\n'.encode()


def views(read: AccessLogReader, lines: list[bytes]) -> dict[tuple[str, str], int]:
    """By site and field."""
    batches = read.read(lines)
    return {
        (value.app, value.dimension + value.value): tally.requests
        for batch in batches
        for value, tally in batch.values.items()
    }


def test_a_page_view() -> None:
    counted = views(
        reader(), [line("GET /a%20b?utm_source=hn&x=1 HTTP/1.1", referrer="https://www.google.com/")]
    )
    assert counted == {
        ("docs", field): 1
        for field in (
            *(
                "all",
                "p:/a b",
                "r:Google",
                "x:Google\t/a b",
                "us:hn",
                "b:Chrome",
                "s:Windows",
                "d:desktop",
                "h:12",
            ),
        )
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"request": "POST /x HTTP/1.1"}, "not_get"),
        ({"request": "HEAD /x HTTP/1.1"}, "not_get"),
        ({"status": 206}, "status"),
        ({"status": 301}, "status"),
        ({"status": 404}, "status"),
        ({"request": "GET /style.css?v=1 HTTP/1.1"}, "asset"),
        ({"request": "GET /a/LOGO.PNG HTTP/1.1"}, "asset"),
        ({"request": "GET /robots.txt HTTP/1.1"}, "asset"),
        ({"request": "GET /app-1.2.tar.gz HTTP/1.1"}, "asset"),
        ({"agent": "-"}, "bot"),
        ({"agent": "curl/8.4.0"}, "bot"),
        ({"agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"}, "bot"),
        ({"request": "GET /" + "a" * 600 + " HTTP/1.1"}, "invalid"),
        ({"request": "\\x16\\x03\\x01"}, "malformed"),
        ({"request": "-"}, "malformed"),
        ({"day": TODAY + dt.timedelta(days=1)}, "future"),
        ({"day": TODAY - dt.timedelta(days=31)}, "too_old"),
        ({"stamp": "25:00:00 +0000"}, "malformed"),
    ],
)
def test_what_is_no_page_view(given: dict[str, Any], reason: str) -> None:
    read = reader()
    counted = views(read, [line(**given)])
    assert (counted, read.outcome.counted, dict(read.outcome.refused)) == ({}, 0, {reason: 1})
    assert read.outcome.first[reason][0] == 1


@pytest.mark.parametrize(
    "given",
    [
        {"status": 304},
        {"request": "GET /x"},
        {"request": "GET https://docs.example.org/x HTTP/1.1"},
        {"request": "GET /x HTTP/2.0", "address": "2001:db8::1"},
        {"address": "reader.example.net"},
        {"host": "docs.example.org:443 "},
        {"day": TODAY - dt.timedelta(days=30)},
        {"agent": CHROME + ' \\"quoted\\"'},
    ],
)
def test_what_is_one(given: dict[str, Any]) -> None:
    assert views(reader(), [line(**given)])["docs", "p:/x"] == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"nothing\n",
        b'1.2.3.4 - - [x] "GET / HTTP/1.1" 200 1\n',
        b"\xff\xfe\n",
        b'"' * 100,
        b"\\" * 99,
    ],
)
def test_garbage_is_counted_as_such(garbage: bytes) -> None:
    read = reader()
    assert read.read([garbage, line()])
    assert read.outcome.counted == 1
    assert read.outcome.refused.total() == (1 if garbage.strip() else 0)


@given(st.binary(max_size=300) | st.builds(lambda text: line(request=text), st.text(max_size=100)))
def test_any_line_is_counted_or_refused(text: bytes) -> None:
    read = reader()
    read.read([text])
    assert read.outcome.counted + read.outcome.refused.total() == (1 if text.strip() else 0)


@pytest.mark.parametrize(
    ("stamp", "day", "hour"),
    [
        ("17/May/2015:10:05:03 +0000", (2015, 5, 17), 10),
        ("17/May/2015:23:30:00 -0500", (2015, 5, 18), 4),
        ("17/May/2015:01:15:00 +0530", (2015, 5, 16), 19),
        ("29/Feb/2024:12:00:00 +0000", (2024, 2, 29), 12),
    ],
)
def test_days_and_hours_are_utc(stamp: str, day: tuple[int, int, int], hour: int) -> None:
    assert read_hour(stamp.encode()) == (dt.date(*day), hour)


@pytest.mark.parametrize(
    "stamp", ["", "17/May/2015", "30/Feb/2015:10:05:03 +0000", "17/Mai/2015:10:05:03 +0000"]
)
def test_stamps_that_are_none(stamp: str) -> None:
    assert read_hour(stamp.encode()) is None


def test_escapes_are_undone() -> None:
    parsed = read_line(line(agent='a \\"b\\" \\x41', referrer="-"))
    assert parsed
    assert (parsed.agent, parsed.referrer) == (b'a "b" A', b"")
    assert read_request(b"GET /x?y=1 HTTP/1.1", b"200") == Page("/x")


def test_lines_land_on_their_own_days_in_order() -> None:
    read = reader()
    batches = read.read([line(), line(day=YESTERDAY), line(day=YESTERDAY, stamp="23:30:00 -0500")])
    assert [batch.day for batch in batches] == [YESTERDAY, TODAY]
    assert [max(tally.requests for tally in batch.values.values()) for batch in batches] == [1, 2]


def test_the_own_host_is_found_by_what_asks_for_parts_of_pages() -> None:
    asset: dict[str, Any] = {
        "request": "GET /style.css HTTP/1.1",
        "referrer": "http://www.docs.example.org/x",
    }
    lines = [line(**asset), line(**asset), line(referrer="http://elsewhere.example/")] * 3
    assert own_hosts_in(lines) == {"docs.example.org"}
    read = reader(own_hosts=())
    counted = views(read, [*lines, line(referrer="https://docs.example.org/y")])
    assert counted["docs", "r:elsewhere.example"] == 3
    assert ("docs", "r:docs.example.org") not in counted
    assert read.outcome.own_hosts == {"docs.example.org"}
    assert own_hosts_in([line()]) == frozenset()


def test_the_virtual_host_names_the_site() -> None:
    read = reader(site="")
    lines = [
        line(host="docs.example.org:443 ", referrer="https://docs.example.org/"),
        line(host="nobody.example:80 "),
        line(),
    ]
    counted = views(read, lines)
    assert counted["docs.example.org", "p:/x"] == 1
    assert ("docs.example.org", "r:docs.example.org") not in counted
    assert read.outcome.refused == {"unknown_app": 2}


def test_visitors_are_networks_and_browsers() -> None:
    lines = [
        line(address="203.0.113.7"),
        line(address="203.0.113.99"),
        line(address="203.0.114.7"),
        line(address="203.0.113.7", agent=FIREFOX),
    ]
    [batch] = reader().read(lines)
    [total] = [tally for value, tally in batch.values.items() if value.value == "all"]
    assert (total.requests, len(total.devices) // 8) == (4, 3)


def test_bots_count_as_refused() -> None:
    [batch] = reader().read([line(agent="curl/8"), line(agent="curl/8", request="GET /style.css HTTP/1.1")])
    assert {reason.value: hits for (_, reason), hits in batch.refusals.items()} == {"bot": 1}


def test_plain_and_gzip(tmp_path: Path) -> None:
    text = line() * 100
    (tmp_path / "plain.log").write_bytes(text)
    (tmp_path / "packed.log").write_bytes(gzip.compress(text))
    for name in ("plain.log", "packed.log"):
        with opened(tmp_path / name) as (lines, position):
            assert b"".join(lines) == text
            assert position() == (tmp_path / name).stat().st_size
    (tmp_path / "broken.log").write_bytes(gzip.compress(text)[:-10])
    with (
        pytest.raises(InvalidInput, match="cannot be unpacked"),
        opened(tmp_path / "broken.log") as (lines, _),
    ):
        lines.read()


def synthetic(lines: int) -> list[bytes]:
    """Lines as a busy site's: pages by ever new readers, and the parts of those pages."""
    made = []
    for number in range(lines):
        page = (
            f"GET /docs/{number % 700} HTTP/1.1"
            if number % 4 == 0
            else f"GET /static/{number % 50}.png HTTP/1.1"
        )
        address = f"{1 + number % 199}.{number // 199 % 251}.{number % 97}.9"
        agent = CHROME.replace("128", str(100 + number % 40))
        stamp = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000"
        made.append(line(page, address=address, agent=agent, stamp=stamp, referrer="https://example.org/"))
    return made


async def test_20_000_lines_a_second(client: Client, keys: Keys) -> None:
    lines = synthetic(100_000)
    commits = Commits(client, keys, Limits(), UtcDay(), writer_id("0" * 64, again=False))
    began = time.process_time()
    await import_lines(io.BytesIO(b"".join(lines)), reader(), commits, lambda size: None)
    assert len(lines) / (time.process_time() - began) >= 20_000


async def test_a_run_that_broke_off_is_repeated_without_harm(client: Client, keys: Keys) -> None:
    lines = synthetic(2_000)
    for part in (lines[:1_000], lines):
        commits = Commits(client, keys, Limits(), UtcDay(), writer_id("1" * 64, again=False))
        await import_lines(io.BytesIO(b"".join(part)), reader(), commits, lambda size: None)
    pages = await client.hgetall(keys.admin("acme").pages(TODAY, "docs"))
    assert int(pages[b"all"]) == 250


@pytest.mark.skipif(not REAL_LOG.exists(), reason="the real log is not here")
async def test_a_real_log_gives_what_an_exact_reading_gives(client: Client, keys: Keys) -> None:
    text = shifted(REAL_LOG.read_text("utf-8", "surrogateescape"), YESTERDAY)
    exact = read_log(text, own_host="semicomplete.com")
    assert len(exact) == 2
    read = reader(own_hosts=())
    commits = Commits(client, keys, Limits(), UtcDay(), writer_id("2" * 64, again=False))
    file = io.BytesIO(text.encode("utf-8", "surrogateescape"))
    await import_lines(file, read, commits, lambda size: None)
    assert read.outcome.own_hosts == {"semicomplete.com"}
    for day, expected in exact.items():
        report = await build_page_report(client, keys, ADMIN, Selection((day,), ("docs",)), EVERY_VIEW)
        summary = report["summary"]
        assert summary["page_views"] == expected.views
        assert abs(summary["sum_of_daily_visitors"] - len(expected.visitors)) <= 0.02 * len(expected.visitors)
        pages = [(row["path"], row["page_views"]) for row in report["pages"]]
        assert pages[:10] == expected.top(expected.pages)
        assert sum(number for _, number in pages) <= expected.views
        referrers = [(row["referrer"], row["page_views"]) for row in report["referrers"]]
        assert referrers[:10] == expected.top(expected.referrers)
