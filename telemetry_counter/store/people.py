"""Admins, their team users, and the tokens of both."""

import secrets
from collections.abc import Collection, Mapping
from typing import cast

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
        """`token_id` is made up unless it is given. Raises NotFound for a user who is not in the team."""
        record = _token_of(admin, user, token_id)
        token, added = self._new_token(record)
        changes = [added, await self._still_there(admin, user)] if user else [added]
        if not await self._apply(admin, by, "token_created", _token_name(record), changes):
            raise NotFound(f"The team user {user} was changed just now; look, and try again.")
        return token

    async def _still_there(self, admin: str, user: str) -> Change:
        """A change of nothing: what is changed with it fails if the user is removed meanwhile."""
        team = self._admin_keys(admin).team
        with store_errors():
            member = cast(bytes | None, await self._client.hget(team, user))
        if member is None:
            raise NotFound(f"{admin} has no team user {user[:64]}.")
        return Change(team, user, held(member), held(member))

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
            found = {
                known: token
                for known, token in (await self.tokens(admin)).items()
                if known == digest or token.id == which
            }
            if found:
                return await self._end_tokens(admin, found, by)
        raise NotFound("There is no such token.")

    async def _end_tokens(self, admin: str, found: Mapping[str, Token], by: str) -> Token:
        """Ends all tokens of that id: a form that was sent twice at once makes two."""
        key, token = self._admin_keys(admin).tokens, next(iter(found.values()))
        gone = [Change(key, digest, ANYTHING, NOTHING) for digest in found]
        await self._apply(admin, by, "token_revoked", _token_name(token), gone)
        return token

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
        keys = self._admin_keys(admin)
        gone = [Change(keys.team, name, ANYTHING, NOTHING), *await self._tokens_gone(admin, name)]
        await self._apply(admin, by, "user_removed", name, gone)
        if late := await self._tokens_gone(admin, name):
            await self._apply(admin, by, "user_removed", name, late)

    async def _tokens_gone(self, admin: str, user: str) -> list[Change]:
        key, tokens = self._admin_keys(admin).tokens, await self.tokens(admin)
        return [
            Change(key, digest, ANYTHING, NOTHING) for digest, token in tokens.items() if token.user == user
        ]


def tokens_from(values: Mapping[str, bytes]) -> dict[str, Token]:
    return {digest: msgspec.json.decode(value, type=Token) for digest, value in values.items()}


def tokens_of_known(tokens: Mapping[str, Token], team: Collection[str]) -> dict[str, Token]:
    """Without those of users who left: one may have been made just as its user was removed."""
    return {digest: token for digest, token in tokens.items() if not token.user or token.user in team}


def team_from(values: Mapping[str, bytes]) -> dict[str, TeamUser]:
    return {name: msgspec.json.decode(value, type=TeamUser) for name, value in values.items()}


def _token_of(admin: str, user: str = "", token_id: str = "") -> Token:
    return Token(admin=admin, id=token_id or secrets.token_hex(4), created=now(), user=user)


def _token_name(token: Token) -> str:
    return f"{token.id} of {token.user or token.admin}"
