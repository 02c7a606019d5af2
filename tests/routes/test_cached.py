"""What a cache may keep for all is the same for all: nobody can plant an answer of their own in it."""

import re
from urllib.parse import quote

import httpx
import pytest
from harness import Harness

from telemetry_counter.dashboard.links import Links

pytestmark = pytest.mark.anyio

PLANTED = "planted.example"
HEADERS = {
    "Host": PLANTED,
    "X-Forwarded-Host": PLANTED,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": f"/{PLANTED}",
    "X-Forwarded-For": "203.0.113.7",
    "Forwarded": f"host={PLANTED};proto=https",
    "X-Original-URL": f"/{PLANTED}",
    "X-HTTP-Method-Override": "DELETE",
    "Origin": f"https://{PLANTED}",
    "Referer": f"https://{PLANTED}/",
    "User-Agent": PLANTED,
    "Accept-Language": "xx",
    "Cookie": f"telemetry_counter={PLANTED}",
    "Authorization": f"Bearer {PLANTED}",
}
PATHS = (
    "/hit.js",
    "/openapi.json",
    "/public/acme/editor",
    "/public/acme/editor/stats.json",
    *(f"/badge/acme/editor/{figure}.svg" for figure in ("devices", "requests", "latest", "version")),
    "/badge/acme/editor/devices.json",
)
KEPT = re.compile(r"max-age=[1-9]")


@pytest.fixture
async def public(service: Harness) -> httpx.AsyncClient:
    await service.service.registry.set_public("acme", "editor", True)
    await service.service.refresh()
    return service.http


@pytest.mark.parametrize("path", [*PATHS, Links().to("style.css")])
async def test_what_is_cached_depends_on_no_header(public: httpx.AsyncClient, path: str) -> None:
    usual = await public.get(path)
    assert usual.status_code == 200, usual.text
    assert KEPT.search(usual.headers["cache-control"])
    for name, value in HEADERS.items():
        answer = await public.get(path, headers={name: value})
        assert answer.content == usual.content, name
        assert PLANTED not in str(answer.headers)
        assert "set-cookie" not in answer.headers


async def test_nothing_else_is_kept(public: httpx.AsyncClient) -> None:
    paths = ("/telemetry", "/releases", "/telemetry/web", "/dashboard", "/dashboard/sign-in", "/", "/nowhere")
    for path in (*paths, "/checkVersion?owner=acme&app_name=editor&version=1", "/api/telemetry/pixel"):
        for headers in ({}, HEADERS):
            answer = await public.get(path, headers=headers)
            assert not KEPT.search(answer.headers.get("cache-control", "")), path


@pytest.mark.parametrize("planted", ["\r\nSet-Cookie: a=b", "\nX-Telemetry: counted", "\x00", "é\u2028"])
async def test_no_header_of_an_answer_is_a_clients(public: httpx.AsyncClient, planted: str) -> None:
    value = quote(planted)
    for path in (
        f"/checkVersion?owner=acme&app_name=editor&version=1&updater={value}",
        f"/telemetry/beacon?owner=acme&app_name={value}&version=1",
        f"/api/telemetry/pixel?owner=acme&site={value}&path=/",
        f"/telemetry/acme/editor.gif?name={value}&url=/{value}",
        f"/telemetry/acme/editor/badge.svg?title={value}",
        f"/dashboard/sign-in?then=/dashboard/{value}",
        f"/dashboard/apps/{value}?range={value}",
        f"/badge/acme/editor/version.svg?label={value}&color={value}",
    ):
        answer = await public.get(path)
        assert answer.status_code < 500
        assert "set-cookie" not in answer.headers
        assert answer.headers.get("x-telemetry") != "counted" or "/editor.gif" in path or "badge.svg" in path
        assert all(text.isprintable() and text.isascii() for text in answer.headers.values()), path
