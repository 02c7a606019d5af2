"""doctor: settings, store, figures and service; a verdict a line, and what to do."""

import datetime as dt
import os
import shutil
from pathlib import Path

import click
from dotenv import dotenv_values

from telemetry_counter.accounts.snapshot import Admin, Snapshot
from telemetry_counter.cli.doctor.finding import Finding, Verdict, bad, good, note
from telemetry_counter.cli.doctor.of_releases import of_releases
from telemetry_counter.cli.doctor.of_retention import of_retention
from telemetry_counter.cli.doctor.of_room import of_room
from telemetry_counter.cli.doctor.of_secret import of_secret
from telemetry_counter.cli.doctor.of_service import base_of, of_service, whether_it_counts
from telemetry_counter.cli.doctor.of_settings import of_settings, source_of
from telemetry_counter.cli.doctor.of_store import of_disk, of_store
from telemetry_counter.cli.doctor.printing import show
from telemetry_counter.cli.session import Session, run
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.service import limits
from telemetry_counter.settings import Settings, load_settings
from telemetry_counter.store.connect import store_errors
from telemetry_counter.store.inspection import StoreState, inspect
from telemetry_counter.store.reading.programs import read_programs
from telemetry_counter.store.reading.room import read_room

DOTENV = Path(".env")
SEEN_DAYS = 7

Section = tuple[str, list[Finding]]


@click.command()
@click.option("--url", help="The running service, as programs reach it.  [default: http://HOST:PORT]")
@click.option("--token", help="A token, to be told what the service sees of a request.")
@click.option("--strict", is_flag=True, help="End with 1 for a note too.")
def doctor(url: str | None, token: str | None, strict: bool) -> None:
    """Look at settings, store, figures and service, and say what to do.

    Ends with 0 if nothing is bad (there may be notes), with 1 if something is.
    """
    settings = load_settings()
    base = base_of(settings, url)
    counts = whether_it_counts(base)
    sections: list[Section] = [("settings", list(of_settings(settings, os.environ, DOTENV, counts)))]
    sections += look_at_store()
    sections.append(("service", list(of_service(base, settings.metrics_token, token, is_named=bool(url)))))
    show(sections)
    verdicts = {finding.verdict for _, findings in sections for finding in findings}
    if Verdict.BAD in verdicts or (strict and Verdict.NOTE in verdicts):
        raise SystemExit(1)


def look_at_store() -> list[Section]:
    try:
        return run(_look)
    except StoreUnavailable as error:
        return [("store", [bad(str(error), "start the store, or mend REDIS_URL")])]


async def _look(session: Session) -> list[Section]:
    settings = session.settings
    state = await inspect(session.client)
    with store_errors():
        in_store = bool(await session.client.exists(session.keys.secret))
    file = dotenv_values(DOTENV) if DOTENV.exists() else {}
    source = source_of("SECRET_KEY", os.environ, file)
    secret = of_secret(source, in_store, is_embedded=not settings.redis_url)
    admins = (await session.registry.refresh(Snapshot())).admins
    kept, plain = settings.retention_days, settings.history_days
    return [
        ("retention", [good(f"what is counted is kept for {kept} days, its plain figures for {plain}")]),
        ("store", list(of_store(state, settings.commit_budget_ms / 1000))),
        *([] if settings.redis_url else [("store", [_disk(settings, state)])]),
        ("secret", [secret]),
        *[section for admin in admins.values() for section in await _of_admin(session, admin)],
        *([] if admins else [("admins", [note("there is no admin", "telemetry-counter admin create NAME")])]),
    ]


def _disk(settings: Settings, state: StoreState) -> Finding:
    free = shutil.disk_usage(settings.data_path).free
    return of_disk(settings.data_dir, free, sum(server.used_bytes for server in state.servers))


async def _of_admin(session: Session, admin: Admin) -> list[Section]:
    client, keys, settings = session.client, session.keys.admin(admin.name), session.settings
    now = dt.datetime.now(dt.UTC)
    days = [now.date() - dt.timedelta(days=back) for back in range(SEEN_DAYS)]
    rooms = [room async for room in read_room(client, keys, list(admin.apps), days[:2], limits(settings))]
    seen = await read_programs(client, keys, list(admin.apps), days)
    kept = await of_retention(client, keys, admin, days, settings.retention_days, now.timestamp())
    releases = [
        one for app in admin.apps.values() for one in of_releases(admin.name, app, seen[app.name], now)
    ]
    return [
        ("retention", [kept] if kept else []),
        ("releases", releases),
        ("limits", list(of_room(admin.name, rooms))),
    ]
