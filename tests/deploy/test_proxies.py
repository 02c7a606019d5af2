"""Every kind of route through each sample configuration, with and without a base path."""

import datetime as dt
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from .conftest import READER_ADDRESS, Front

CHECK = "owner=acme&app_name=editor&version=1.0"
PAGE = "owner=acme&site=docs&path=/install"
DEVICE = {"X-Device-ID": "one"}
ESTABLISHED, TIME_WAIT = "01", "06"


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers["x-telemetry"]


def test_update_checks(front: Front) -> None:
    before = front.summary()["total_requests"]
    for _ in range(2):  # the second could come out of a cache
        answer = front.get(f"/checkVersion?{CHECK}", **DEVICE)
        assert outcome(answer) == (200, "counted")
        assert answer.json()["update_available"] is False
        assert outcome(front.get(f"/telemetry/beacon?{CHECK}&is_latest=true", **DEVICE)) == (204, "counted")
    assert outcome(front.http.head(f"{front.root}/checkVersion?{CHECK}")) == (200, "dropped; reason=head")
    preflight = front.http.options(f"{front.root}/telemetry/beacon", headers={"Origin": "https://e.org"})
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert front.summary()["total_requests"] - before == 4


def test_every_hit_arrives_and_none_is_answered_from_a_cache(front: Front) -> None:
    before = front.summary("/telemetry/web")["page_views"]
    paths = (
        *(f"/api/telemetry/pixel?{PAGE}", f"/api/telemetry/hit?{PAGE}"),
        *("/telemetry/acme/docs.gif?url=/install", "/telemetry/acme/docs/badge.svg?url=/install"),
    )
    for path in paths:
        for _ in range(2):
            answer = front.get(path)
            assert answer.headers["x-telemetry"] == "counted", path
            assert "no-store" in answer.headers["cache-control"], path
            assert "set-cookie" not in answer.headers
    assert front.summary("/telemetry/web")["page_views"] - before == 2 * len(paths)


def test_a_hit_of_a_script(front: Front) -> None:
    body = '{"owner": "acme", "site": "docs", "path": "/sent"}'
    assert outcome(front.http.post(f"{front.root}/api/telemetry/hit", content=body)) == (204, "counted")


def test_names_of_ones_own(front: Front) -> None:
    script = front.get("/hit.js")
    assert "api/telemetry/hit" in script.text  # seen from the script, so below the same path
    assert front.get("/s.js").content == script.content
    body = '{"owner": "acme", "site": "docs", "path": "/own"}'
    assert outcome(front.http.post(f"{front.root}/h", content=body)) == (204, "counted")
    assert outcome(front.get(f"/p.gif?{PAGE}")) == (200, "counted")
    assert outcome(front.get(f"/b?{CHECK}", **DEVICE)) == (204, "counted")


def test_events_and_releases(front: Front) -> None:
    summary = {
        "owner": "acme",
        "app_name": "editor",
        "version": "1.0",
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "batch_id": str(uuid4()),
        "events": [{"name": "opened", "count": 3}],
    }
    before = front.summary("/telemetry/events")["total_events"]
    assert outcome(front.http.post(f"{front.root}/telemetry/events", json=summary)) == (204, "counted")
    assert front.summary("/telemetry/events")["total_events"] - before == 3
    given = {"app_name": "editor", "version": "1.0", "changelog": "x" * 16_000}
    published = front.http.post(f"{front.root}/releases", json=given, headers=front.bearer)
    assert published.status_code == 201
    gone = front.http.delete(f"{front.root}/releases/{published.json()['id']}", headers=front.bearer)
    assert gone.json()["withdrawn"]


def test_what_others_read(front: Front) -> None:
    for path in ("/health", "/ready", "/telemetry/policy"):
        assert front.get(path).status_code == 200, path
    assert front.get("/openapi.json").json()["servers"] == [{"url": front.root or "/"}]
    assert front.get("/nowhere").json() == {"error": "There is nothing at this path."}
    # Without a token of its own it is for this machine, and behind a proxy everybody is on this machine.
    assert front.get("/metrics").status_code == 403


def test_the_address_is_the_readers_and_not_what_the_reader_says(front: Front) -> None:
    for said in ({}, {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}):
        seen = front.get("/telemetry/request", **front.bearer, **said).json()
        assert (seen["address"], seen["peer"], seen["peer_is_trusted"]) == (READER_ADDRESS, "127.0.0.1", True)
        direct = front.http.get(f"{front.direct}/telemetry/request", headers=front.bearer | said).json()
        assert (direct["address"], direct["peer_is_trusted"]) == (READER_ADDRESS, False)


def test_connections_to_the_service_are_used_again(front: Front) -> None:
    before = connections(front.port)
    for _ in range(60):
        front.get("/health")
    assert connections(front.port) - before < 10


def connections(port: int) -> int:
    """Those to the port that are open, or were a moment ago."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2].endswith(f":{port:04X}") and row[3] in (ESTABLISHED, TIME_WAIT) for row in rows) + sum(
        row[1].endswith(f":{port:04X}") and row[3] == TIME_WAIT for row in rows
    )


def test_the_dashboard_stays_below_its_path(front: Front) -> None:
    first = front.get("/dashboard")
    assert first.status_code == 303
    assert first.headers["location"] == f"{front.root}/dashboard/sign-in"
    page = front.http.get(first.headers["location"]).text
    assert all(link.startswith(f"{front.root}/") for link in links(page))
    origin = {"Origin": str(front.http.base_url).rstrip("/")}
    form = {"token": front.token, "then": ""}
    entered = front.http.post(f"{front.root}/dashboard/sign-in", data=form, headers=origin)
    assert (entered.status_code, entered.headers["location"]) == (303, f"{front.root}/dashboard")
    assert f"Path={front.root}/dashboard" in entered.headers["set-cookie"]
    found = links(front.http.get(entered.headers["location"]).text)
    assert len(found) > 3
    for link in found:
        assert link.startswith(f"{front.root}/"), link
        assert front.http.get(link).status_code == 200, link
    front.http.cookies.clear()


def links(page: str) -> set[str]:
    """Addresses on the page that are of this host."""
    named = re.findall(r'(?:href|src|action)="([^"#]+)', page)
    return {link for link in named if not link.startswith(("https://", "http://", "mailto:"))} - {
        link for link in named if link.endswith(("sign-out",))
    }


@pytest.mark.parametrize("path", ["", "/"])
def test_the_path_itself_leads_to_the_dashboard(front: Front, path: str) -> None:
    answer = front.http.get(front.root + path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{front.root}/dashboard")


def test_a_slash_too_many_is_forgiven(front: Front) -> None:
    assert front.get("/health/").status_code == 200
