"""doctor: what is set, what the store is like, what the service sees; a verdict a line."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec
from dotenv import dotenv_values

from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.errors import InvalidInput, StoreUnavailable
from telemetry_counter.settings import Settings, load_settings
from telemetry_counter.store.connect import store_errors, without_password

GOOD, NOTE, BAD = "ok", "note", "BAD"
SECRETS = ("SECRET_KEY",)
SLOW_SECONDS, SKEW_SECONDS = 0.01, 2.0
SERVICE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: str
    what: str
    advice: str = ""


@click.command()
@click.option("--url", help="The running service.  [default: http://HOST:PORT]")
@click.option("--token", help="A token, to be told what the service sees of a request.")
def doctor(url: str | None, token: str | None) -> None:
    """Look at settings, store and service, and say what to do; ends with 1 if something is bad."""
    settings = load_settings()
    findings = [*of_settings(settings), *of_store(), *of_service(settings, url, token)]
    rows = [(finding.verdict, finding.what, finding.advice) for finding in findings]
    print_table(("Verdict", "What", "What to do"), rows, empty="")
    if any(finding.verdict == BAD for finding in findings):
        raise SystemExit(1)


def of_settings(settings: Settings) -> Iterator[Finding]:
    file = dotenv_values(Path(".env")) if Path(".env").exists() else {}
    for name, value in msgspec.structs.asdict(settings).items():
        variable = name.upper()
        if os.environ.get(variable, "").strip():
            source = "the environment"
        elif (file.get(variable) or "").strip():
            source = ".env"
        else:
            continue
        shown = "(not shown)" if variable in SECRETS else without_password(str(value))
        yield Finding(GOOD, f"{variable} is {shown}, from {source}")
    known = {name.upper() for name in Settings.__struct_fields__}
    for name in file.keys() - known:
        yield Finding(NOTE, f".env names {name}, which is no setting", "see .env.example")
    if not settings.enable_telemetry:
        yield Finding(NOTE, "telemetry is off: nothing is counted", "set ENABLE_TELEMETRY=true")


def of_store() -> list[Finding]:
    try:
        return run(lambda session: _of_store(session))
    except StoreUnavailable as error:
        return [Finding(BAD, str(error), "start the store, or mend REDIS_URL")]


async def _of_store(session: Session) -> list[Finding]:
    client, found = session.client, []
    with store_errors():
        await client.ping()  # connects
        begun = time.perf_counter()
        await client.ping()
        took = time.perf_counter() - begun
        info: dict[str, Any] = await client.info()
        seconds, micros = await client.time()
        secret = await client.exists(session.keys.secret)
        admins = await session.registry.admins()
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version") or info.get("redis_version")
    found.append(Finding(GOOD, f"the store is {name} {version}, {int(info['used_memory']) / 1e6:.1f} MB"))
    found.append(_judged(took < SLOW_SECONDS, f"it answers in {took * 1000:.1f} ms", "move it nearer", NOTE))
    skew = abs(seconds + micros / 1e6 - time.time())
    found.append(
        _judged(skew < SKEW_SECONDS, f"its clock differs by {skew:.1f} s", "let both keep time (NTP)")
    )
    found.append(
        _judged(
            bool(int(info.get("aof_enabled", 0))),
            "it is append-only" if int(info.get("aof_enabled", 0)) else "it is not append-only",
            "CONFIG SET appendonly yes, or a restart loses what was counted",
            NOTE,
        )
    )
    policy = str(info.get("maxmemory_policy", "noeviction"))
    advice = "CONFIG SET maxmemory-policy noeviction, or keys are dropped when memory is short"
    found.append(_judged(policy == "noeviction", f"its eviction policy is {policy}", advice))
    where = "SECRET_KEY" if session.settings.secret_key else "the store" if secret else ""
    said = f"the key of the device hash is in {where}" if where else "there is no key of the device hash yet"
    found.append(Finding(GOOD, said))
    if not admins:
        found.append(Finding(NOTE, "there is no admin", "telemetry-counter admin create NAME"))
    for admin in admins:
        apps, releases = await session.registry.apps(admin), await session.registry.releases(admin)
        found.append(Finding(GOOD, f"{admin} has {len(apps)} apps and {len(releases)} releases"))
    return found


def of_service(settings: Settings, url: str | None, token: str | None) -> Iterator[Finding]:
    base = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise InvalidInput("--url must begin with http:// or https://.")
    try:
        _get(f"{base}/ready")
    except urllib.error.HTTPError as error:
        yield Finding(BAD, f"the service at {base} answers {error.code}: it cannot count", "look at its log")
        return
    except OSError as error:
        yield Finding(
            NOTE,
            f"no service answers at {base} ({error.args[-1] if error.args else error})",
            "serve, or --url",
        )
        return
    yield Finding(GOOD, f"the service at {base} is ready")
    if not token:
        yield Finding(NOTE, "not asked what it sees of a request", "--token TOKEN")
        return
    try:
        seen = _get(f"{base}/telemetry/request", {"Authorization": f"Bearer {token}"})
    except urllib.error.HTTPError as error:
        yield Finding(BAD, f"it does not tell what it sees: {json.load(error)['error']}")
        return
    for name, value in seen.items():
        yield Finding(GOOD, f"it sees {name.replace('_', ' ')}: {json.dumps(value)}")


def _get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - checked by of_service
    with urllib.request.urlopen(request, timeout=SERVICE_SECONDS) as answer:  # noqa: S310
        content: dict[str, Any] = json.load(answer)
        return content


def _judged(holds: bool, what: str, advice: str, otherwise: str = BAD) -> Finding:
    return Finding(GOOD, what) if holds else Finding(otherwise, what, advice)
