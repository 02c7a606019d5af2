"""Every parser gives a value or its named error, whatever is given: those of which no other file shows it."""

import asyncio
import datetime as dt
import inspect
import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

import telemetry_counter
from telemetry_counter.accounts.snapshot import Snapshot
from telemetry_counter.cli.people import read_names
from telemetry_counter.cli.releases import read_moment as read_published
from telemetry_counter.cli.session import split_app
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.release_form import read_moment, read_percent
from telemetry_counter.errors import Forbidden, InvalidInput, SettingsError, Unauthorized
from telemetry_counter.pages.countries import country_code
from telemetry_counter.pages.filters import read_filter
from telemetry_counter.pages.hits import EVENT, SITE
from telemetry_counter.pages.paths import MAX_CAMPAIGN, read_campaign
from telemetry_counter.pages.rate_limits import RateLimit
from telemetry_counter.reporting.extras import parse_extras
from telemetry_counter.reporting.public import RANGES
from telemetry_counter.reporting.selection import Reach, parse_days
from telemetry_counter.routes import page_badge, public_badges
from telemetry_counter.routes.access import authenticate
from telemetry_counter.routes.dashboard.forms import is_from_elsewhere, read_form
from telemetry_counter.routes.metrics import MetricsPage, is_local
from telemetry_counter.routes.releases import read_release, to_release
from telemetry_counter.routes.reports import read_parameters
from telemetry_counter.routes.update_checks import read_headers
from telemetry_counter.service import Service
from telemetry_counter.settings import Settings, load_settings, variable_names

NOW = dt.datetime(2025, 6, 16, tzinfo=dt.UTC)
REACH = Reach(NOW.date(), 30)
NAMES = (
    *(names.OWNER, names.USER, names.APP, names.CHANNEL, names.PLATFORM, names.ARCH, names.VERSION),
    *(names.PACKAGE, SITE, EVENT),
)
HOSTS = (b"[", b"[::1", b"a:b:c", b"127.0.0.1:x", b"http://[", b"https://[x]/", b"a@b", b"")
HEADER_NAMES = (b"x-device-id", b"x-user-staging-id", b"origin", b"host", b"sec-fetch-site", b"cookie")

texts = st.text(max_size=200) | st.sampled_from(
    ["", "/", "2025-06-16T12:00", "9999-12-31T23:59-23:59", "100"]
)
parameters = st.dictionaries(
    st.sampled_from(["path", "referrer", "compare", "include", "utm_source", "date", "range", "from", "to"]),
    texts,
)
queries = st.lists(
    st.tuples(st.sampled_from([b"range", b"label", b"%66ullNum", b"title", b"x"]), st.binary(max_size=40))
).map(lambda pairs: b"&".join(name + b"=" + value for name, value in pairs))
headers = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), st.binary(max_size=200) | st.sampled_from(HOSTS)))


def attempt(parse: Callable[[], Any], error: type[Exception] = InvalidInput) -> Any:
    """None for the named error, whose text is something to read."""
    try:
        return parse()
    except error as said:
        if not str(said) or not str(said).endswith("."):
            raise
        return None


def request(body: bytes = b"", query: bytes = b"", lines: list[tuple[bytes, bytes]] | None = None) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": query, "headers": lines or []}
    scope |= {"scheme": "http", "server": ("10.0.0.1", 80), "client": ("10.0.0.2", 1)}
    return Request(scope, receive)


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.parameter)
@given(text=texts)
def test_names(kind: names.Name, text: str) -> None:
    checked = attempt(lambda: kind.check(text))
    assert checked in (text, None)
    if checked:
        assert len(checked) <= kind.max_length
        assert checked.isascii()
        assert checked.isprintable()
        assert not set(checked) & set("{}:,\t\"'<>&*?[]()\\")


@given(texts)
def test_texts_of_people(text: str) -> None:
    percent = attempt(lambda: read_percent(text))
    assert percent is None or 0 <= percent <= 999
    for read in (read_moment, read_published):
        moment = attempt(lambda read=read: read(text))  # type: ignore[misc]
        assert moment is None or moment.tzinfo
    split = attempt(lambda: split_app(text))
    assert split is None or "/".join(split) == text
    granted = attempt(lambda: read_names(names.CHANNEL, text))
    assert granted is None or ",".join(granted).isascii()
    assert re.fullmatch("([A-Z]{2})?", country_code(text))
    assert attempt(lambda: public_badges.read_range(text)) in (*RANGES, None)


@given(parameters)
def test_parameters_of_reports(given: dict[str, str]) -> None:
    attempt(lambda: parse_extras(given))
    days = attempt(lambda: parse_days(given, REACH))
    assert days is None or len(days) <= 31
    attempt(lambda: read_filter(given))
    assert all(len(part) <= MAX_CAMPAIGN and part.isprintable() for part in read_campaign(given))


@given(queries)
def test_queries(query: bytes) -> None:
    page_badge.read_badge_query(query)
    attempt(lambda: public_badges.read_badge_query(query))
    attempt(lambda: read_parameters(request(query=query), {"range", "title"}))


@given(headers)
def test_headers(lines: list[tuple[bytes, bytes]]) -> None:
    device, cross_origin = read_headers(lines)
    assert device in {value for _, value in lines} | {b""}
    assert cross_origin == any(name == b"origin" for name, _ in lines)
    asked = request(lines=lines)
    assert is_from_elsewhere(asked) in (True, False)
    assert not is_local(asked)


@pytest.mark.anyio
@given(body=st.binary(max_size=300) | texts.map(str.encode), kind=st.sampled_from([b"", b"text/plain"]))
async def test_forms(body: bytes, kind: bytes) -> None:
    lines = [(b"content-type", kind or b"application/x-www-form-urlencoded; charset=utf-8")]
    try:
        form = await read_form(request(body, lines=lines))
    except (InvalidInput, Forbidden):
        return
    assert not kind
    assert form.get("missing") == ""
    assert form.every("missing") == []


@given(st.binary(max_size=300) | texts.map(str.encode))
def test_bodies_of_releases(body: bytes) -> None:
    attempt(lambda: to_release(read_release(body), NOW))


@given(
    st.fixed_dictionaries(
        {"app_name": texts, "version": texts},
        optional={"published": texts, "url": texts, "rollout_percent": st.integers(), "changelog": texts},
    )
)
def test_fields_of_releases(fields: dict[str, Any]) -> None:
    release = attempt(lambda: to_release(read_release(json.dumps(fields).encode()), NOW))
    assert release is None or names.APP.check(release.app) == fields["app_name"]


@given(st.dictionaries(st.sampled_from(variable_names()), texts, max_size=6))
def test_settings(environ: dict[str, str]) -> None:
    settings = attempt(lambda: load_settings(environ, Path("/nowhere/.env")), SettingsError)
    assert settings is None or isinstance(settings, Settings)
    if settings:
        RateLimit(settings.rate_limit).allows("a", "b", b"c")


@given(st.binary(max_size=200))
def test_bearers(value: bytes) -> None:
    asked = request(lines=[(b"authorization", value)])
    service = SimpleNamespace(snapshot=Snapshot(), settings=Settings(metrics_token="long enough a word"))
    asked.scope["app"] = SimpleNamespace(state=SimpleNamespace(service=service))
    with pytest.raises(Unauthorized):
        authenticate(asked)
    with pytest.raises(Unauthorized):
        asyncio.run(MetricsPage(cast(Service, service)).show(asked))


TESTS = [path.read_text() for path in Path(__file__).parent.rglob("test_*.py")]
TESTED = "\n".join(text for text in TESTS if "@given" in text)
FROM_WITHIN = {"read_reply", "read_once"}
"""Of the store's own scripts; and of a field of a form, see test_forms."""


def parsers() -> list[str]:
    """Functions by the names that parsers have here; what waits for the store is none."""
    found = set()
    for module in walk_packages(telemetry_counter.__path__, "telemetry_counter."):
        if not re.search(r"\.(client|store\.reading|__main__|demo)", module.name):
            functions = inspect.getmembers(import_module(module.name), inspect.isfunction)
            found |= {
                name
                for name, function in functions
                if re.match(r"(parse|read)_", name)
                and function.__module__ == module.name
                and not inspect.iscoroutinefunction(function)
            }
    return sorted(found - FROM_WITHIN)


@pytest.mark.parametrize("name", parsers())
def test_each_parser_has_its_property_test(name: str) -> None:
    assert re.search(rf"\b{name}\b", TESTED)
