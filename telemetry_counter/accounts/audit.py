"""What was changed of an admin's apps, releases, team and tokens: by whom and when."""

import datetime as dt

import msgspec

COMMAND_LINE = "command line"
"""Stands for whoever uses the commands; no admin or team user can have this name."""

SENTENCES = {
    "admin_created": "created the admin {}",
    "app_created": "created the app {}",
    "app_deleted": "deleted the app {} and all that was counted of it",
    "app_made_public": "made the app {} public",
    "app_made_private": "made the app {} private",
    "events_declared": "declared which events {} sends",
    "events_undeclared": "let {} send any event",
    "release_published": "published {}",
    "release_withdrawn": "withdrew {}",
    "user_added": "added the team user {}",
    "user_changed": "changed what the team user {} may filter by",
    "user_removed": "removed the team user {} and their tokens",
    "token_created": "created the token {}",
    "token_revoked": "revoked the token {}",
}
"""What each code of an entry says, with its subject."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change. `did` is a key of SENTENCES; `of` its subject."""

    at: dt.datetime
    by: str
    did: str
    of: str = ""

    @property
    def sentence(self) -> str:
        return SENTENCES.get(self.did, self.did.replace("_", " ") + " {}").format(self.of)
