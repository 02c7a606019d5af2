"""Admins, their team users, and the tokens of both."""

import secrets
from collections.abc import Mapping

import msgspec

from telemetry_counter.accounts.audit import COMMAND_LINE
from telemetry_counter.accounts.snapshot import TeamUser, Token
from telemetry_counter.accounts.tokens import new_token, token_digest
from telemetry_counter.counting import names
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.store.audit import ANYTHING, NOTHING, Change, held
from telemetry_counter.store.connect import store_errors
from telemetry_counter.store.ledger import REVISION, Ledger, now


class People(Ledger):
    """Who may read and publish."""

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
            return tokens_from(await self._hash(self._admin_keys(admin).tokens))

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
            return team_from(await self._hash(self._admin_keys(admin).team))

    async def remove_team_user(self, admin: str, name: str, by: str = COMMAND_LINE) -> None:
        """The user's tokens end with the user."""
        if name not in await self.team(admin):
            raise NotFound(f"{admin} has no team user {name[:64]}.")
        digests = [digest for digest, token in (await self.tokens(admin)).items() if token.user == name]
        keys = self._admin_keys(admin)
        gone = [Change(keys.team, name, ANYTHING, NOTHING)]
        gone += [Change(keys.tokens, digest, ANYTHING, NOTHING) for digest in digests]
        await self._apply(admin, by, "user_removed", name, gone)


def tokens_from(values: Mapping[str, bytes]) -> dict[str, Token]:
    return {digest: msgspec.json.decode(value, type=Token) for digest, value in values.items()}


def team_from(values: Mapping[str, bytes]) -> dict[str, TeamUser]:
    return {name: msgspec.json.decode(value, type=TeamUser) for name, value in values.items()}


def _token_of(admin: str, user: str = "", token_id: str = "") -> Token:
    return Token(admin=admin, id=token_id or secrets.token_hex(4), created=now(), user=user)


def _token_name(token: Token) -> str:
    return f"{token.id} of {token.user or token.admin}"
