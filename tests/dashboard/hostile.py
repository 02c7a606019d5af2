"""Names as hostile as the parsers let through, counted by a running service as clients would send them."""

import datetime as dt
import uuid

import httpx

MARKUP = '"><script>alert(1)</script>'
RIGHT_TO_LEFT = "مرحبا"
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"
WIDE = "界" * 64

APP = "W" * 64
VERSION = "9." + "W" * 62
NAME = "W" * 32
EVENT = "M" * 64
PROPERTY = "Q" * 64
VALUE = "W" * 64
PAGE_EVENT = "W/" * 31 + "WW"
PATHS = (f"/{MARKUP}", f"/{RIGHT_TO_LEFT}/{WIDE}", f"/%E2%80%AE{MARKUP}", "/" + "W" * 511)
REFERRERS = ("https://" + "w" * 60 + "." + "w" * 60 + ".com/", f"https://{RIGHT_TO_LEFT}.example/")
CAMPAIGN = '"><script>alert(1)</script>' + RIGHT_TO_LEFT
CHANGELOG = f"{MARKUP} {OVERRIDE} {WIDE}"

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"

SHOWN_ON_SITE = (*PATHS, CAMPAIGN, "w" * 60 + "." + "w" * 60 + ".com")
"""Texts that must be read on the site's page as they were sent."""


def send(url: str, owner: str) -> None:
    """Each must be counted: what is refused shows nothing."""
    with httpx.Client(base_url=url, headers={"User-Agent": BROWSER}) as http:
        _send_checks(http, owner)
        _send_pages(http, owner)
        _send_events(http, owner)


def _send_checks(http: httpx.Client, owner: str) -> None:
    place = {"channel": NAME, "platform": NAME, "arch": NAME}
    for version in (VERSION, "1.0+" + "W" * 60, "v" + "0" * 63):
        query = {"owner": owner, "app_name": APP, "version": version, **place}
        answer = http.get("/checkVersion", params=query, headers={"X-Device-ID": f"device of {version}"})
        assert answer.headers["x-telemetry"] == "counted", answer.text
    answer = http.get("/checkVersion", params={"owner": owner, "app_name": APP, "version": "</script>"})
    assert answer.headers["x-telemetry"] == "dropped; reason=invalid"


def _send_pages(http: httpx.Client, owner: str) -> None:
    for number, path in enumerate(PATHS):
        hit = {"owner": owner, "site": APP, "path": path, "referrer": REFERRERS[number % 2]}
        assert http.post("/api/telemetry/hit", json=hit).headers["x-telemetry"] == "counted", path
    campaign = {part: CAMPAIGN for part in ("utm_source", "utm_medium", "utm_campaign")}
    query = {"owner": owner, "site": APP, "path": "/", **campaign}
    assert http.get("/api/telemetry/hit", params=query).headers["x-telemetry"] == "counted"
    event = {"owner": owner, "site": APP, "path": "/", "name": PAGE_EVENT}
    assert http.post("/api/telemetry/hit", json=event).headers["x-telemetry"] == "counted"


def _send_events(http: httpx.Client, owner: str) -> None:
    properties = {PROPERTY: {VALUE: 3, "(other)": 1}}
    summary = {
        "owner": owner,
        "app_name": APP,
        "version": VERSION,
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "batch_id": str(uuid.uuid4()),
        "events": [{"name": EVENT, "count": 4, "properties": properties}],
    }
    answer = http.post("/telemetry/events", json=summary, headers={"X-Device-ID": "a device"})
    assert answer.headers["x-telemetry"] == "counted", answer.text
