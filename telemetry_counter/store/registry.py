"""Admins, apps, releases and tokens in the store."""

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TypeVar, cast

import msgspec

from telemetry_counter.accounts.audit import COMMAND_LINE, Entry
from telemetry_counter.accounts.snapshot import Admin, App, AppRecord, Snapshot, TeamUser, Token
from telemetry_counter.accounts.tokens import new_token, token_digest
from telemetry_counter.counting import names
from telemetry_counter.errors import InvalidInput, NoSuchAdmin, NotFound
from telemetry_counter.events.declaration import Declaration
from telemetry_counter.releases.release import Release, from_json, merge, to_json, withdraw
from telemetry_counter.store.audit import ANYTHING, KEPT, NOTHING, Change, change, held, read_log
from telemetry_counter.store.calls import run
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys, Keys

REVISION = ""
"""The field beside the admins' that rises with every change of any of them."""

ITEMS_AT_ONCE = 200
"""Releases or apps that are read in one go: a millisecond of work."""

Item = TypeVar("Item")


class Registry:
    """Reads and changes what is registered. Every change raises the revision, which the services watch.

    `by` is who changes something, for the log.
    """

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def secret(self) -> bytes:
        """The key of the device hash that all workers and hosts on this store share; made at first use."""
        with store_errors():
            await self._client.set(self._keys.secret, secrets.token_hex(32), nx=True)
            return cast(bytes, await self._client.get(self._keys.secret))

    async def refresh(self, known: Snapshot) -> Snapshot:
        """The snapshot as it is now; `known` itself if nothing changed since."""
        with store_errors():
            if int(await self._client.hget(self._keys.admins, REVISION) or 0) == known.revision:
                return known
            revisions = await self._revisions()
            admins = {}
            for name, revision in sorted(revisions.items()):
                if name != REVISION:
                    old = known.admins.get(name)
                    same = old is not None and old.revision == revision
                    admins[name] = old if old and same else await self._admin(name, revision, old)
            return Snapshot(revisions.get(REVISION, 0), admins)

    async def unlisted(self, name: str) -> Admin:
        """An admin as its keys say, before it is listed. See list_admin()."""
        with store_errors():
            return await self._admin(name, 0)

    async def list_admin(self, name: str) -> None:
        """Makes services see an admin whose keys were written otherwise."""
        await self._changed(name)

    async def create_admin(self, name: str, by: str = COMMAND_LINE) -> str:
        """Returns the admin's token, which cannot be shown again."""
        names.OWNER.check(name)
        with store_errors():
            if await self._client.hexists(self._keys.admins, name):
                command = f"telemetry-counter token create {name}"
                raise InvalidInput(f"The admin {name} exists already; another token: {command}")
        token, added = self._new_token(_token_of(name))
        await self._apply(name, by, "admin_created", name, [added])
        return token

    async def admins(self) -> list[str]:
        with store_errors():
            return sorted((await self._revisions()).keys() - {REVISION})

    async def create_token(
        self, admin: str, user: str = "", by: str = COMMAND_LINE, token_id: str = ""
    ) -> str:
        """`token_id` is made up unless it is given."""
        record = _token_of(admin, user, token_id)
        token, added = self._new_token(record)
        await self._apply(admin, by, "token_created", _token_name(record), [added])
        return token

    def _new_token(self, record: Token) -> tuple[str, Change]:
        token = new_token()
        key = self._admin_keys(record.admin).tokens
        return token, Change(key, token_digest(token), ANYTHING, held(msgspec.json.encode(record)))

    async def tokens(self, admin: str) -> dict[str, Token]:
        """By digest. Raises NotFound for an unknown admin."""
        await self._expect_admin(admin)
        with store_errors():
            return _tokens(await self._hash(self._admin_keys(admin).tokens))

    async def revoke_token(self, which: str, of: str = "", by: str = COMMAND_LINE) -> Token:
        """`which` is the token itself or its id; `of` the admin that it must belong to, '' for any."""
        digest = token_digest(which)
        for admin in [of] if of else await self.admins():
            for known, token in (await self.tokens(admin)).items():
                if known == digest or token.id == which:
                    gone = Change(self._admin_keys(admin).tokens, known, ANYTHING, NOTHING)
                    await self._apply(admin, by, "token_revoked", _token_name(token), [gone])
                    return token
        raise NotFound("There is no such token.")

    async def add_team_user(
        self, admin: str, name: str, user: TeamUser, by: str = COMMAND_LINE, token_id: str = ""
    ) -> str:
        """Adds a team user, or changes what one may filter by. Returns a token of theirs."""
        names.USER.check(name)
        is_new = name not in await self.team(admin)
        added = Change(self._admin_keys(admin).team, name, ANYTHING, held(msgspec.json.encode(user)))
        token, of_user = self._new_token(_token_of(admin, name, token_id))
        await self._apply(admin, by, "user_added" if is_new else "user_changed", name, [added, of_user])
        return token

    async def team(self, admin: str) -> dict[str, TeamUser]:
        await self._expect_admin(admin)
        with store_errors():
            return _team(await self._hash(self._admin_keys(admin).team))

    async def remove_team_user(self, admin: str, name: str, by: str = COMMAND_LINE) -> None:
        """The user's tokens end with the user."""
        if name not in await self.team(admin):
            raise NotFound(f"{admin} has no team user {name[:64]}.")
        digests = [digest for digest, token in (await self.tokens(admin)).items() if token.user == name]
        keys = self._admin_keys(admin)
        gone = [Change(keys.team, name, ANYTHING, NOTHING)]
        gone += [Change(keys.tokens, digest, ANYTHING, NOTHING) for digest in digests]
        await self._apply(admin, by, "user_removed", name, gone)

    async def create_app(self, admin: str, app: str, by: str = COMMAND_LINE) -> bool:
        """Whether it is new."""
        names.APP.check(app)
        await self._expect_admin(admin)
        record = held(msgspec.json.encode(AppRecord(created=now())))
        added = Change(self._admin_keys(admin).apps, app, NOTHING, record)
        return await self._apply(admin, by, "app_created", app, [added])

    async def apps(self, admin: str) -> list[str]:
        await self._expect_admin(admin)
        with store_errors():
            return sorted(await self._hash(self._admin_keys(admin).apps))

    async def expect_app(self, admin: str, app: str) -> None:
        """Raises NotFound."""
        if app not in await self.apps(admin):
            raise NotFound(f"{admin} has no app {app[:64]}.")

    async def unregister_app(self, admin: str, app: str, by: str = COMMAND_LINE) -> None:
        """Takes out the app and its releases; what was counted of it stays. See store/removal.py."""
        await self.expect_app(admin, app)
        keys = self._admin_keys(admin)
        gone = [Change(keys.apps, app, ANYTHING, NOTHING)]
        releases = [one for one in await self.releases(admin) if one.app == app]
        gone += [Change(keys.releases, one.id, ANYTHING, NOTHING) for one in releases]
        await self._apply(admin, by, "app_deleted", app, gone)

    async def unregister_admin(self, admin: str) -> None:
        """Takes out the admin with apps, releases, team, tokens and the log. See store/removal.py."""
        await self._expect_admin(admin)
        keys = self._admin_keys(admin)
        with store_errors():
            await self._client.unlink(keys.apps, keys.releases, keys.team, keys.tokens, keys.log)
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.hdel(self._keys.admins, admin)
                pipeline.hincrby(self._keys.admins, REVISION, 1)
                await pipeline.execute()

    async def log(self, admin: str, most: int = KEPT) -> list[Entry]:
        """What was changed, the newest first. Raises NotFound for an unknown admin."""
        await self._expect_admin(admin)
        return await read_log(self._client, self._admin_keys(admin), most)

    async def declare(
        self, admin: str, app: str, declaration: Declaration | None, by: str = COMMAND_LINE
    ) -> None:
        """What events the app may send; None: any. Raises NotFound for an unknown app."""
        did = "events_declared" if declaration else "events_undeclared"
        await self._update_app(admin, by, did, app, declaration=declaration)

    async def set_public(self, admin: str, app: str, public: bool, by: str = COMMAND_LINE) -> None:
        """Whether anybody may see the app's rounded figures. Raises NotFound for an unknown app."""
        did = "app_made_public" if public else "app_made_private"
        await self._update_app(admin, by, did, app, public=public)

    async def _update_app(self, admin: str, by: str, did: str, app: str, **fields: object) -> None:
        def build(old: bytes | None) -> bytes:
            if old is None:
                raise NotFound(f"{admin} has no app {app[:64]}.")
            record = msgspec.json.decode(old, type=AppRecord)
            return msgspec.json.encode(msgspec.structs.replace(record, **fields))

        await self._expect_admin(admin)
        await self._update(admin, by, did, app, self._admin_keys(admin).apps, app, build)

    async def publish(self, admin: str, release: Release, by: str = COMMAND_LINE) -> Release:
        """Adds the release, or to the one of the same version and tuple; creates its app if need be."""
        await self.create_app(admin, release.app, by)

        def build(old: bytes | None) -> bytes:
            return to_json(merge(from_json(old), release) if old else release)

        key = self._admin_keys(admin).releases
        stored = await self._update(
            admin, by, "release_published", _release_name(release), key, release.id, build
        )
        return from_json(stored)

    async def releases(self, admin: str) -> list[Release]:
        await self._expect_admin(admin)
        with store_errors():
            values = (await self._hash(self._admin_keys(admin).releases)).values()
        return sorted(map(from_json, values), key=lambda release: release.published)

    async def withdraw(self, admin: str, release_id: str, by: str = COMMAND_LINE) -> Release:
        """Takes the release out of the offers from now on; the history keeps it."""
        await self._expect_admin(admin)
        key = self._admin_keys(admin).releases
        with store_errors():
            old = cast(bytes | None, await self._client.hget(key, release_id))
        if old is None:
            raise NotFound(f"{admin} has no release {release_id[:64]}.")

        def build(old: bytes | None) -> bytes:
            if old is None:
                raise NotFound(f"{admin} has no release {release_id[:64]}.")
            return to_json(withdraw(from_json(old), now()))

        name = _release_name(from_json(old))
        return from_json(await self._update(admin, by, "release_withdrawn", name, key, release_id, build))

    async def _update(
        self,
        admin: str,
        by: str,
        did: str,
        of: str,
        key: str,
        field: str,
        build: Callable[[bytes | None], bytes],
    ) -> bytes:
        """What the field holds now, built from what it held; again if somebody else was quicker.

        Where that is the same, nothing was changed and nothing is logged.
        """
        while True:
            with store_errors():
                old = cast(bytes | None, await self._client.hget(key, field))
            new = build(old)
            if new == old:
                return new
            if await self._apply(admin, by, did, of, [Change(key, field, held(old), held(new))]):
                return new

    async def _apply(self, admin: str, by: str, did: str, of: str, changes: list[Change]) -> bool:
        """Changes and the log in one step, then the revision. False where a field was not as expected."""
        entry = Entry(now(), by, did, of)
        done = await change(self._client, self._admin_keys(admin), entry, changes)
        if done:
            await self._changed(admin)
        return done

    async def _revisions(self) -> dict[str, int]:
        return {name: int(value) for name, value in (await self._hash(self._keys.admins)).items()}

    async def _hash(self, key: str) -> dict[str, bytes]:
        fields = cast(dict[bytes, bytes], await self._client.hgetall(key))
        return {name.decode(): value for name, value in fields.items()}

    async def imported(self, digest: str) -> bytes | None:
        """Unix seconds at which a file of that SHA-256 was imported."""
        with store_errors():
            return cast(bytes | None, await self._client.hget(self._keys.imports, digest))

    async def note_import(self, digest: str) -> None:
        with store_errors():
            await self._client.hset(self._keys.imports, digest, int(now().timestamp()))

    async def _admin(self, name: str, revision: int, known: Admin | None = None) -> Admin:
        """Apps that are as they were known stay the same, with what was found out about their releases."""
        records, of_releases, tokens, team = await self._hashes(name)
        releases: dict[str, list[Release]] = {}
        async for value in _unhurried(of_releases.values()):
            release = from_json(value)
            releases.setdefault(release.app, []).append(release)
        old, apps = known.apps if known else {}, {}
        async for app, record in _unhurried(records.items()):
            new = _app(app, record, releases.get(app, []))
            apps[app] = old[app] if old.get(app) == new else new
        return Admin(
            name=name,
            revision=revision,
            apps=apps,
            tokens=_tokens(tokens),
            team=_team(team),
        )

    async def _hashes(self, name: str) -> list[dict[str, bytes]]:
        """Apps, releases, tokens and team in one round trip: there may be thousands of admins."""
        keys = self._admin_keys(name)
        pipeline = self._client.pipeline(transaction=False)
        for key in (keys.apps, keys.releases, keys.tokens, keys.team):
            pipeline.hgetall(key)
        return [{field.decode(): value for field, value in fields.items()} for fields in await run(pipeline)]

    async def _expect_admin(self, name: str) -> None:
        with store_errors():
            if not await self._client.hexists(self._keys.admins, name):
                raise NoSuchAdmin(f"There is no admin {name[:64]}.")

    async def _changed(self, admin: str) -> None:
        """Comes after the change itself: who sees the new revision sees what it stands for."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.hincrby(self._keys.admins, admin, 1)
                pipeline.hincrby(self._keys.admins, REVISION, 1)
                await pipeline.execute()

    def _admin_keys(self, name: str) -> AdminKeys:
        return self._keys.admin(name)


async def _unhurried(items: Iterable[Item]) -> AsyncIterator[Item]:
    """The items, with a look at what else waits after some of them: hits go on while thousands are read."""
    for number, item in enumerate(items):
        if number % ITEMS_AT_ONCE == ITEMS_AT_ONCE - 1:
            await asyncio.sleep(0)
        yield item


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _tokens(values: Mapping[str, bytes]) -> dict[str, Token]:
    return {digest: msgspec.json.decode(value, type=Token) for digest, value in values.items()}


def _team(values: Mapping[str, bytes]) -> dict[str, TeamUser]:
    return {name: msgspec.json.decode(value, type=TeamUser) for name, value in values.items()}


def _app(name: str, record: bytes, releases: list[Release]) -> App:
    kept = msgspec.json.decode(record, type=AppRecord)
    return App(name, kept.created, tuple(releases), kept.declaration, kept.public)


def _token_of(admin: str, user: str = "", token_id: str = "") -> Token:
    return Token(admin=admin, id=token_id or secrets.token_hex(4), created=now(), user=user)


def _token_name(token: Token) -> str:
    return f"{token.id} of {token.user or token.admin}"


def _release_name(release: Release) -> str:
    stated = " ".join(filter(None, (release.channel, release.platform, release.arch)))
    return f"{release.app} {release.version}" + (f" for {stated}" if stated else "")
