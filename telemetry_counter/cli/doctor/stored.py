"""The store, part by part: what cannot be read is a finding of its own, and hides no other."""

import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from dotenv import dotenv_values
from msgspec import MsgspecError

from telemetry_counter.accounts.snapshot import Admin, Snapshot
from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.cli.doctor.of_releases import of_releases
from telemetry_counter.cli.doctor.of_retention import of_retention
from telemetry_counter.cli.doctor.of_room import of_room
from telemetry_counter.cli.doctor.of_secret import of_secret
from telemetry_counter.cli.doctor.of_settings import source_of
from telemetry_counter.cli.doctor.of_store import of_disk, of_store
from telemetry_counter.cli.session import Session
from telemetry_counter.errors import CounterError, StoreUnavailable
from telemetry_counter.service import limits
from telemetry_counter.store.calls import foreign_keys
from telemetry_counter.store.connect import RedisError, ResponseError, server_text, store_errors
from telemetry_counter.store.inspection import inspect
from telemetry_counter.store.key_kinds import foreign_kinds
from telemetry_counter.store.reading.programs import read_programs
from telemetry_counter.store.reading.room import read_room

SEEN_DAYS = 7
MEND = "see docs/redis.md for what the store must be; else look for who writes to keys of KEY_PREFIX"

Section = tuple[str, list[Finding]]
Parts = tuple[tuple[str, Callable[[Session, Admin], Awaitable[list[Finding]]]], ...]


async def of_everything(session: Session, dotenv: Path) -> AsyncIterator[Section]:
    """Raises StoreUnavailable once the store is away."""
    kept, plain = session.settings.retention_days, session.settings.history_days
    yield "retention", [good(f"what is counted is kept for {kept} days, its plain figures for {plain}")]
    yield "store", await found(session, _of_store(session))
    yield "secret", await found(session, _of_secret(session, dotenv))
    admins: dict[str, Admin] = {}
    yield "admins", await found(session, _of_admins(session, admins))
    for admin in admins.values():
        for section, look in OF_ADMIN:
            yield section, await found(session, look(session, admin))


async def found(session: Session, looking: Awaitable[list[Finding]]) -> list[Finding]:
    """Raises StoreUnavailable where the store said nothing at all."""
    try:
        return await looking
    except StoreUnavailable as error:
        if not isinstance(error.__cause__, ResponseError):
            raise
        return [bad(str(error) + await foreign(session), MEND)]
    except RedisError as error:
        return [bad(f"the store does not do what it is asked ({server_text(error)})", MEND)]
    except CounterError as error:
        return [bad(str(error), MEND)]
    except (MsgspecError, ValueError) as error:
        return [bad(f"something in the store is not ours ({error})", MEND)]


async def foreign(session: Session) -> str:
    """The keys that hold something else than ours, by name; never what they hold."""
    try:
        kinds = await foreign_kinds(session.client, session.keys, last_days())
    except (CounterError, RedisError):
        return ""
    return f": {', '.join(f'{key} is a {kind}' for key, kind in kinds)}" if kinds else ""


async def _of_store(session: Session) -> list[Finding]:
    settings, state = session.settings, await inspect(session.client)
    findings = list(of_store(state, settings.commit_budget_ms / 1000))
    if not settings.redis_url:
        used = sum(server.used_bytes for server in state.servers)
        findings.append(of_disk(settings.data_dir, shutil.disk_usage(settings.data_path).free, used))
    return findings


async def _of_secret(session: Session, dotenv: Path) -> list[Finding]:
    with store_errors(), foreign_keys():
        in_store = bool(await session.client.get(session.keys.secret))
    file = dotenv_values(dotenv) if dotenv.exists() else {}
    source = source_of("SECRET_KEY", os.environ, file)
    return [of_secret(source, in_store, is_embedded=not session.settings.redis_url)]


async def _of_admins(session: Session, admins: dict[str, Admin]) -> list[Finding]:
    """Fills `admins`."""
    with foreign_keys():
        admins.update((await session.registry.refresh(Snapshot())).admins)
    return [] if admins else [note("there is no admin", "telemetry-counter admin create NAME")]


async def _of_retention(session: Session, admin: Admin) -> list[Finding]:
    keys, days = session.keys.admin(admin.name), last_days()
    now = dt.datetime.now(dt.UTC).timestamp()
    kept = await of_retention(session.client, keys, admin, days, session.settings.retention_days, now)
    return [kept] if kept else []


async def _of_releases(session: Session, admin: Admin) -> list[Finding]:
    now = dt.datetime.now(dt.UTC)
    seen = await read_programs(session.client, session.keys.admin(admin.name), list(admin.apps), last_days())
    return [one for app in admin.apps.values() for one in of_releases(admin.name, app, seen[app.name], now)]


async def _of_room(session: Session, admin: Admin) -> list[Finding]:
    keys, caps = session.keys.admin(admin.name), limits(session.settings)
    rooms = read_room(session.client, keys, list(admin.apps), last_days()[:2], caps)
    return list(of_room(admin.name, [room async for room in rooms]))


OF_ADMIN: Parts = (("retention", _of_retention), ("releases", _of_releases), ("limits", _of_room))


def last_days() -> list[dt.date]:
    """Today first."""
    today = dt.datetime.now(dt.UTC).date()
    return [today - dt.timedelta(days=back) for back in range(SEEN_DAYS)]
