"""Everything that the program does with its store, once; the same figures come of it on every kind."""

import asyncio
import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import check_lines
import httpx
from click.testing import CliRunner
from events.bodies import encoded, event, summary
from running import OURS

from telemetry_counter.app import build_app
from telemetry_counter.cli import main
from telemetry_counter.housekeeping import Housekeeping
from telemetry_counter.service import Service
from telemetry_counter.settings import load_settings
from telemetry_counter.store.connect import open_client

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DECLARED = """
app = "acme/editor"
[events.opened]
description = "A document was opened."
[events.opened.properties.kind]
description = "What kind of document it is."
"""
LOG_LINE = (
    '192.0.2.{0} - - [{1:%d/%b/%Y}:10:00:0{0} +0000] "GET /guide HTTP/1.1" 200 100 "-" "' + FIREFOX + '"'
)


@dataclass
class Walk:
    """One store, by its URL; `directory` holds the files that the commands read and write."""

    url: str
    prefix: str
    directory: Path
    environ: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = dict.fromkeys(OURS, "") | {
            "REDIS_URL": self.url,
            "KEY_PREFIX": self.prefix,
            "ENABLE_TELEMETRY": "true",
            "SECRET_KEY": "the same on every store",
            "COMMIT_BUDGET_MS": "5000",
            **self.environ,
        }

    async def command(self, *arguments: str, may_fail: bool = False) -> str:
        """Its output."""
        runner = CliRunner()
        result = await asyncio.to_thread(runner.invoke, main, arguments, env=self.environ)
        assert may_fail or result.exit_code == 0, (arguments, result.output, result.exception)
        return result.stdout.strip()

    def file(self, name: str, content: str) -> str:
        (self.directory / name).write_text(content)
        return str(self.directory / name)


async def walk(given: Walk) -> dict[str, Any]:
    """Returns all figures."""
    token = await _register(given)
    await _import(given)
    service = Service(load_settings(given.environ, Path("/nowhere")), open_client(given.url))
    await service.start()
    transport = httpx.ASGITransport(build_app(service))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://counter") as http:
            await _count(http)
            assert (await http.get("/ready")).status_code == 200
            await _read(given, http, token)
            await Housekeeping(service).keep()
            await _read_year(given, http, token)
    finally:
        await service.stop()
    await _move(given)
    await _delete(given)
    return given.figures


async def _register(given: Walk) -> str:
    command = given.command
    token = await command("admin", "create", "acme")
    for app in ("editor", "player", "docs"):
        await command("app", "create", f"acme/{app}")
    await command("app", "public", "acme/editor", "on")
    spare = await command("token", "create", "acme")
    await command("token", "revoke", spare)
    await command("team", "add", "acme", "kim", "--apps", "editor")
    await command("team", "add", "acme", "lee")
    await command("team", "remove", "acme", "lee")
    url = ("--url", "https://e.org/e.zip", "--published", "2020-01-01T00:00:00Z")
    await command("release", "publish", "acme/editor", "1.0", *url)
    await command("release", "publish", "acme/editor", "2.0", *url)
    await command("release", "publish", "acme/editor", "3.0", *url)
    release = (await command("release", "list", "acme/editor")).splitlines()[-1].split("\t")[0]
    await command("release", "withdraw", "acme/editor", release)
    await command("events", "declare", given.file("events.toml", DECLARED))
    given.figures["tokens"] = len((await command("token", "list", "acme")).splitlines())
    given.figures["team"] = await command("team", "list", "acme")
    given.figures["events"] = await command("events", "show", "acme/editor")
    return token


async def _import(given: Walk) -> None:
    """A week of checks of another admin, and a day of page views."""
    today = dt.datetime.now(dt.UTC).date()
    await given.command("admin", "create", check_lines.OWNER)
    for app in check_lines.APPS:
        await given.command("app", "create", f"{check_lines.OWNER}/{app}")
    lines = [line.json() for line in check_lines.week(today)]
    checks = given.file("checks.ndjson", "\n".join(lines))
    given.figures["imported"] = await given.command("import", checks, "--format", "checks")
    yesterday = today - dt.timedelta(days=1)
    log = given.file("access.log", "\n".join(LOG_LINE.format(number, yesterday) for number in range(1, 8)))
    await given.command("import", log, "--format", "combined", "--site", "acme/docs")


async def _delete(given: Walk) -> None:
    await given.command("app", "delete", "acme/editor", "--yes")
    given.figures["apps left"] = await given.command("app", "list", "acme")
    log = (await given.command("admin", "log", "acme")).splitlines()
    given.figures["log"] = [line.split("\t")[2] for line in log if "token" not in line]
    await given.command("admin", "delete", "acme", "--yes")
    given.figures["admins left"] = await given.command("admin", "list")


async def _count(http: httpx.AsyncClient) -> None:
    today = dt.datetime.now(dt.UTC).date()
    tuple_ = {"owner": "acme", "app_name": "editor", "channel": "stable", "platform": "linux"}
    for number in range(30):
        query = tuple_ | {"version": f"{number % 3 + 1}.0", "arch": ("amd64", "arm64")[number % 2]}
        answer = await http.get("/checkVersion", params=query, headers={"X-Device-ID": f"device-{number}"})
        assert answer.headers["x-telemetry"] == "counted"
    refused = await http.get("/telemetry/beacon", params=tuple_ | {"version": "1.0"})
    assert refused.headers["x-telemetry"] == "dropped; reason=no_device"
    page = {"owner": "acme", "site": "docs", "path": "/guide"}
    reader = {"User-Agent": FIREFOX}
    for answer in (
        await http.get("/api/telemetry/pixel", params=page, headers=reader),
        await http.post("/api/telemetry/hit", json=page | {"path": "/start"}, headers=reader),
        await http.get("/telemetry/acme/docs.gif?url=https://docs/faq&name=seen&force=true", headers=reader),
        await http.get("/telemetry/acme/docs/badge.svg?url=https://docs/faq", headers=reader),
    ):
        assert answer.headers["x-telemetry"] == "counted", answer.url
    body = encoded(summary(today, event("opened", 3, kind={"pdf": 2, "odt": 1})))
    for _ in range(2):  # the second time it is known
        answer = await http.post("/telemetry/events", content=body, headers={"X-Device-ID": "device-1"})
        assert answer.headers["x-telemetry"] == "counted"


async def _read(given: Walk, http: httpx.AsyncClient, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    for path in (
        "/telemetry",
        "/telemetry?range=week&compare=previous&include=active",
        "/telemetry?range=month&platforms=linux&channels=stable",
        "/telemetry?range=month",  # once more, as it was rolled up
        "/telemetry/adoption?app=editor&channel=stable",
        "/telemetry/web?range=week",
        "/telemetry/events?range=week",
    ):
        answer = await http.get(path, headers=bearer)
        assert answer.status_code == 200, answer.text
        given.figures[path] = answer.json()
    for path in ("/badge/acme/editor/devices.svg", "/releases", "/telemetry/policy?owner=acme"):
        assert (await http.get(path, headers=bearer)).status_code == 200, path
    asked = ("--owner", check_lines.OWNER, "--range", "week")
    given.figures["week"] = await given.command("report", *asked)
    given.figures["rows"] = await given.command("export", *asked)
    # Servers that keep nothing on disk are bad, if one may know.
    found = await given.command("doctor", may_fail=True)
    assert re.search(r"the store(?: at \S+)? is (?:Redis|Valkey)", found), found


async def _read_year(given: Walk, http: httpx.AsyncClient, token: str) -> None:
    """After closed days were kept as plain figures."""
    answer = await http.get("/telemetry?range=year", headers={"Authorization": f"Bearer {token}"})
    given.figures["year"] = answer.json()
    given.figures["theirs"] = await given.command("report", "--owner", check_lines.OWNER, "--range", "year")


async def _move(given: Walk) -> None:
    """An admin out of the store, gone, and back again."""
    archive = str(given.directory / "archive")
    await given.command("export", "--full", "acme", "--output", archive)
    before = await given.command("report", "--owner", "acme", "--range", "week")
    await given.command("admin", "delete", "acme", "--yes")
    await given.command("import", "--full", archive)
    assert await given.command("report", "--owner", "acme", "--range", "week") == before
    await given.command("app", "delete", "acme/player", "--yes")
    given.figures["apps"] = await given.command("app", "list", "acme")
