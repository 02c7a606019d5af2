"""All admins, their apps, releases and tokens, as one value in memory.

Update checks and sign-ins are answered from it, so they do not need the store.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from telemetry_counter.accounts.tokens import looks_like_token, token_digest
from telemetry_counter.events.declaration import Declaration
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.releases.release import Release


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is kept: never the token itself."""

    admin: str
    id: str
    created: dt.datetime
    user: str = ""
    """Name of the team user; '' for the admin."""

    @property
    def bearer(self) -> str:
        """How the log names whoever changes something with this token."""
        return f"{self.user or self.admin} (token {self.id})"


class TeamUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a team user may filter by; what is not listed is not granted."""

    apps: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()


class AppRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An app as it is kept; `declaration` is None where it may send any event."""

    created: dt.datetime
    declaration: Declaration | None = None
    public: bool = False


@dataclass(frozen=True)
class App:
    name: str
    created: dt.datetime
    releases: tuple[Release, ...] = ()
    declaration: Declaration | None = None
    public: bool = False
    """Whether anybody may see its rounded figures."""

    @cached_property
    def history(self) -> ReleaseHistory:
        return ReleaseHistory(self.releases)

    def next_change(self, after: dt.datetime) -> dt.datetime | None:
        """As ReleaseHistory's, without making one: that costs more, and most apps are never asked about."""
        out = (release for release in self.releases if release.ever_out)
        moments = (moment for one in out for moment in (one.published, one.withdrawn))
        return min((moment for moment in moments if moment and moment > after), default=None)


@dataclass(frozen=True, slots=True)
class Admin:
    name: str
    revision: int
    apps: Mapping[str, App] = field(default_factory=dict)
    tokens: Mapping[str, Token] = field(default_factory=dict)
    team: Mapping[str, TeamUser] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """`revision` is the store's at the time of reading; 0 before anything was read."""

    revision: int = 0
    admins: Mapping[str, Admin] = field(default_factory=dict)

    def app(self, owner: str, name: str) -> App | None:
        admin = self.admins.get(owner)
        return admin.apps.get(name) if admin else None

    def token(self, text: str) -> Token | None:
        """The record of a valid token. Only digests are compared, so timing tells nothing of a token."""
        return self._tokens.get(token_digest(text)) if looks_like_token(text) else None

    def next_change(self, after: dt.datetime) -> dt.datetime | None:
        """When a release is next published or withdrawn, as far as that is set."""
        moments = (app.next_change(after) for app in self._apps())
        return min((moment for moment in moments if moment), default=None)

    @cached_property
    def _tokens(self) -> dict[str, Token]:
        return {digest: token for admin in self.admins.values() for digest, token in admin.tokens.items()}

    def _apps(self) -> Iterable[App]:
        return (app for admin in self.admins.values() for app in admin.apps.values())
