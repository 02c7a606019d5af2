"""What the store holds after all kinds of traffic: no address, no id and no User-Agent."""

import datetime as dt
import ipaddress
import os
import subprocess
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from running import Installation

from telemetry_counter.store.embedded.store import EmbeddedStore

from .running import BADGE, CHROME, FIREFOX, GIF, HIT, OWNER, PHONE, PIXEL, SITE

ADDRESSES = ["203.0.113.77", "198.51.100.201", "2001:db8:77:66:55::44", "203.0.112.91", "192.0.2.66"]
LOGGED_ADDRESS = "192.0.2.177"
AGENTS = [
    *(CHROME, FIREFOX, PHONE, "curl/8.4.0"),
    "Mozilla/5.0 (compatible; NobodysBot/1.0; +https://nobody.example/bot)",
]
DEVICES = [str(uuid.UUID(int=number << 64 | 0xABCDEF, version=4)) for number in range(5)]
SECRET_PART = "token-in-a-query-9f8e7d"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    settings = {"TRUSTED_PROXIES": "127.0.0.0/8", "DEFAULT_OWNER": OWNER, "REDIS_URL": ""}
    return Installation(tmp_path, settings)


def send_everything(url: str) -> None:
    """All kinds of requests, from all addresses, with all User-Agents and ids."""
    for address, agent, device in zip(ADDRESSES, AGENTS, DEVICES, strict=True):
        headers = {"X-Forwarded-For": address, "User-Agent": agent, "X-Device-ID": device}
        with httpx.Client(base_url=url, headers=headers) as http:
            for answer in (*send_views(http), *send_checks(http)):
                assert answer.status_code < 500


def send_views(http: httpx.Client) -> list[httpx.Response]:
    page = f"/page?session={SECRET_PART}&utm_source=mail"
    query = {"site": SITE, "path": page, "referrer": f"https://www.google.com/search?q={SECRET_PART}"}
    return [
        http.get(PIXEL, params=query),
        http.get(PIXEL, params=query, headers={"DNT": "1"}),
        http.head(PIXEL, params=query),
        http.post(HIT, json=query),
        http.post(HIT, content=b"{"),
        http.get(GIF, headers={"Referer": f"https://docs.example.org{page}"}),
        http.get(GIF, params={"url": page, "name": "signup"}),
        http.get(BADGE, params={"url": page}),
    ]


def send_checks(http: httpx.Client) -> list[httpx.Response]:
    check = {"app_name": SITE, "owner": OWNER, "version": "1.0", "platform": "linux"}
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    events = [{"name": "opened", "count": 1}]
    summary = {**check, "day": yesterday.isoformat(), "batch_id": str(uuid.uuid4()), "events": events}
    return [
        http.get("/checkVersion", params=check),
        http.get("/telemetry/beacon", params=check),
        http.get("/telemetry/beacon", params=check | {"version": "!"}),
        http.post("/telemetry/events", json=summary),
        http.get("/nowhere"),
    ]


def write_log(directory: Path) -> Path:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    file = directory / "access.log"
    request = f'"GET /page?session={SECRET_PART} HTTP/1.1" 200 1'
    referrer = f'"https://www.google.com/search?q={SECRET_PART}"'
    file.write_text(
        f'{LOGGED_ADDRESS} - - [{moment:%d/%b/%Y:%H:%M:%S +0000}] {request} {referrer} "{FIREFOX}"\n'
    )
    return file


@contextmanager
def opened(installation: Installation) -> Iterator[Any]:
    with EmbeddedStore(installation.directory / "store") as store, redis.Redis.from_url(store.url) as client:
        yield client


def dump(client: Any) -> bytes:
    """Every key with all it holds, as it is and as the store itself would write it down."""
    return b"\n".join(
        part
        for key in client.scan_iter(count=1000)
        for part in (key, client.dump(key), *content(client, key))
    )


def content(client: Any, key: bytes) -> list[bytes]:
    kind = client.type(key)
    if kind == b"string":
        return [client.get(key)]
    if kind == b"set":
        return list(client.smembers(key))
    if kind == b"list":
        return list(client.lrange(key, 0, -1))
    assert kind == b"hash", f"{key!r} is of a kind that nothing here writes"
    return [part for pair in client.hgetall(key).items() for part in pair]


def forms(text: str) -> list[bytes]:
    return [text.encode(), urllib.parse.quote(text).encode(), urllib.parse.quote_plus(text, safe="").encode()]


def test_the_store_holds_no_address_no_id_and_no_user_agent(
    installation: Installation, capfd: pytest.CaptureFixture[str]
) -> None:
    with installation.serving("--workers", "2"):
        installation.run("admin", "create", OWNER)
        installation.run("app", "create", f"{OWNER}/{SITE}")
        subprocess.run(("sleep", "1"), check=True)
        send_everything(installation.url)
        installation.run("import", str(write_log(installation.directory)), "--format", "combined")
    with opened(installation) as client:
        held = dump(client)
    assert b"p:/page" in held
    assert b"r:Google" in held
    said = capfd.readouterr()
    files = [path for path in (installation.directory / "store").rglob("*") if path.is_file()]
    assert any(path.stat().st_size > 1000 for path in files)
    written = [path.read_bytes() for path in files]
    haystack = b"\n".join([held, *written, os.fsencode(said.out + said.err)]).lower()
    addresses = [ipaddress.ip_address(text) for text in (*ADDRESSES, LOGGED_ADDRESS)]
    texts = [text for address in addresses for text in (str(address), address.exploded)]
    for needle in (*texts, *AGENTS, *DEVICES, SECRET_PART):
        for form in forms(needle):
            assert form.lower() not in haystack, needle
    for device in DEVICES:
        assert uuid.UUID(device).bytes not in haystack
