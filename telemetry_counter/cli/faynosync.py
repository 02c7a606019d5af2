"""import --from-faynosync: the days that a faynoSync still holds, each taken in once."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import click

from telemetry_counter.accounts.snapshot import Snapshot
from telemetry_counter.cli.progress import progress_bar
from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import NIL_UUID, DeviceHasher, is_too_long
from telemetry_counter.errors import InvalidInput, NoSuchAdmin, SettingsError
from telemetry_counter.importing.faynosync import (
    REQUESTS,
    AppDay,
    Sightings,
    SourceKey,
    build_batch,
    check_key,
)
from telemetry_counter.importing.runs import persist, writer_id
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.connect import Client, open_client, without_password
from telemetry_counter.store.reading.faynosync import FaynoSync

STORE_SECONDS = 60

TODAY = "of today, which is still being counted: --with-today takes it, once nothing is sent there any more"
TOO_OLD, KNOWN = "before the first day that is kept here", "taken in before"
UNREADABLE = "with a name that cannot be counted here"


@dataclass(slots=True)
class Taken:
    """What came of it: days and requests by app, and why the rest was left out."""

    days: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    strangers: set[str] = field(default_factory=set)


def import_faynosync(url: str, owner: str | None, apps: Collection[str], *, with_today: bool) -> None:
    """Raises InvalidInput or NoSuchAdmin with what to do."""
    taken = run(lambda session: take(session, url, owner, apps, with_today=with_today))
    rows = [(app, str(days), f"{taken.requests[app]:,}") for app, days in sorted(taken.days.items())]
    print_table(("App", "Days", "Requests"), rows, empty="Nothing was taken in.")
    for reason, days in sorted(taken.left_out.items()):
        click.echo(f"{days} left out: {reason}.", err=True)
    for name in sorted(taken.strangers):
        click.echo(
            f"Left out: {name[:64]!r} is no admin here (telemetry-counter admin create NAME).", err=True
        )


async def take(
    session: Session, url: str, owner: str | None, apps: Collection[str], *, with_today: bool
) -> Taken:
    from telemetry_counter.cli.line_files import recount_history

    snapshot = await session.registry.refresh(Snapshot())
    if owner and owner not in snapshot.admins:
        raise NoSuchAdmin(f"There is no admin {owner[:64]}: telemetry-counter admin create {owner[:64]}.")
    client, taken = open_source(url), Taken()
    try:
        source = FaynoSync(client, without_password(url))
        days = wanted(await source.days(), owner, apps, taken, snapshot)
        arrivals = Arrivals(session, source, snapshot, taken)
        await arrivals.prepare()
        with progress_bar("Importing", len(days)) as step:
            for of, keys in days.items():
                await arrivals.take(of, keys, with_today=with_today)
                step()
    finally:
        await client.aclose()
    await recount_history(session, await session.registry.refresh(Snapshot()))
    return taken


def open_source(url: str) -> Client:
    try:
        return open_client(url, answer_seconds=STORE_SECONDS)
    except SettingsError as error:
        raise InvalidInput(
            "--from-faynosync needs redis://, rediss:// or unix://, as in redis://host:6379/0."
        ) from error


def wanted(
    days: Mapping[AppDay, list[SourceKey]],
    owner: str | None,
    apps: Collection[str],
    taken: Taken,
    snapshot: Snapshot,
) -> dict[AppDay, list[SourceKey]]:
    """Raises InvalidInput where the source has nothing of what was asked for."""
    asked = {
        of: keys
        for of, keys in days.items()
        if (not owner or of.owner == owner) and (not apps or of.app in apps)
    }
    if not asked:
        what = "of that owner and app " if days else ""
        raise InvalidInput(
            f"The source holds no figures {what}(keys stats:OWNER:APP:...): is it the right Redis?"
        )
    taken.strangers = {of.owner for of in asked if of.owner not in snapshot.admins}
    return {of: keys for of, keys in asked.items() if of.owner in snapshot.admins}


class Arrivals:
    """Counts one app's day after the other; one that was counted before is passed over."""

    def __init__(self, session: Session, source: FaynoSync, snapshot: Snapshot, taken: Taken) -> None:
        self._session = session
        self._source = source
        self._apps = {name: set(admin.apps) for name, admin in snapshot.admins.items()}
        self._taken = taken
        self._clock = UtcDay()
        self._hasher = DeviceHasher(b"")

    async def prepare(self) -> None:
        from telemetry_counter.service import read_secret

        self._hasher = DeviceHasher(await read_secret(self._session.settings, self._session.registry))

    async def take(self, of: AppDay, keys: Iterable[SourceKey], *, with_today: bool) -> None:
        digest = hashlib.sha256(f"faynosync {of.owner} {of.app} {of.day}".encode()).hexdigest()
        reason = await self._reason(of, digest, with_today=with_today)
        keys = self._readable(keys)
        if reason or not keys:
            self._taken.left_out[f"days of apps {reason}"] += bool(reason)
            return
        if of.app not in self._apps[of.owner]:
            await self._session.registry.create_app(of.owner, of.app)
            self._apps[of.owner].add(of.app)
        requests = await self._count(of, keys, writer_id(digest, again=False))
        await self._session.registry.note_import(digest)
        name = f"{of.owner}/{of.app}"
        self._taken.days[name] += 1
        self._taken.requests[name] += requests

    async def _reason(self, of: AppDay, digest: str, *, with_today: bool) -> str:
        """Why the day is left out; '' if it is not."""
        today = self._clock.today()
        if of.day < today - dt.timedelta(days=self._session.settings.retention_days):
            return TOO_OLD
        if of.day > today or (of.day == today and not with_today):
            return TODAY
        return KNOWN if await self._session.registry.imported(digest) else ""

    def _readable(self, keys: Iterable[SourceKey]) -> list[SourceKey]:
        found = []
        for key in keys:
            try:
                check_key(key)
            except InvalidInput:
                self._taken.left_out[f"sets {UNREADABLE}"] += 1
            else:
                found.append(key)
        return found

    async def _count(self, of: AppDay, keys: Iterable[SourceKey], writer: str) -> int:
        from telemetry_counter.service import limits

        sightings, requests = Sightings(), 0
        for key in keys:
            if key.kind == REQUESTS:
                requests = await self._source.requests(key)
                continue
            async for ids in self._source.devices(key):
                sightings.add(key.kind, key.value, self._hashed(of.owner, ids))
        session = self._session
        commits = Commits(session.client, session.keys, limits(session.settings), self._clock, writer)
        batch = build_batch(of, sightings, requests)
        for number, part in enumerate(batch.split(), start=1):
            part.number = number
            await persist(part, commits)
        return batch.hits

    def _hashed(self, owner: str, ids: Iterable[bytes]) -> list[bytes]:
        """Raw ids end here. Whoever refused to have one counts as a request, not as a device."""
        return [
            self._hasher.hash(owner, one) for one in ids if one and one != NIL_UUID and not is_too_long(one)
        ]
