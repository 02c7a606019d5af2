"""Team users and tokens."""

from collections.abc import Sequence
from dataclasses import replace

from telemetry_counter.accounts.snapshot import Admin, TeamUser, Token
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.parts import (
    NOTHING_TYPED,
    Field,
    FormView,
    Managing,
    Option,
    Section,
    Typed,
    name_field,
)
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Cell, Column, Table
from telemetry_counter.errors import InvalidInput

MOST_GRANTS = 100
GRANTS = {
    "apps": names.APP,
    "channels": names.CHANNEL,
    "platforms": names.PLATFORM,
    "architectures": names.ARCH,
}
"""The lists of a team user, and what is in each."""

TEAM = "A team user reads all your figures, filters by what is granted, and changes nothing."


def team_page(places: Places, admin: Admin, typed: Typed = NOTHING_TYPED) -> Managing:
    sections = [Section("Team", TEAM, table=team_table(places, admin))]
    if places.may_change:
        title = "Add a team user" if typed.get("user") not in admin.team else "Change what is granted"
        form = FormView("add_user", title, user_fields(admin, typed), typed.problem)
        sections.append(Section(title, "a new token is shown once", form=form))
    return Managing(places.tabs("team"), sections, address=places.changes)


def team_table(places: Places, admin: Admin) -> Table:
    titles = ["User", "Filters by apps", "Channels", "Platforms", "Architectures"]
    changes = [Column("Grants"), Column("Access")] if places.may_change else []
    rows = []
    for name, user in sorted(admin.team.items()):
        granted = [Cell(", ".join(sorted(getattr(user, grant))) or "\N{EN DASH}") for grant in GRANTS]
        ways = [
            Cell("Change", places.to("team", user=name) + "#user"),
            Cell("Remove", places.ask("remove_user", user=name)),
        ]
        rows.append([Cell(name), *granted, *(ways if places.may_change else [])])
    return Table("Team users", [*map(Column, titles), *changes], rows, "There is no team user yet.")


def user_fields(admin: Admin, typed: Typed) -> list[Field]:
    apps = [Option(app, app, app in typed.every("apps")) for app in sorted(admin.apps)]
    lists = [
        Field(grant, f"May filter by {grant}", typed.get(grant), hint=hint, is_wrong=typed.is_about(grant))
        for grant, hint in (
            ("channels", "Divided by commas, as in stable, beta."),
            ("platforms", "As in linux, windows."),
            ("architectures", "As in amd64, arm64."),
        )
    ]
    checks = [Field("apps", "May filter by apps", kind="checks", options=apps)] if apps else []
    return [name_field("user", names.USER, typed), *checks, *lists]


def typed_of(name: str, user: TeamUser | None) -> Typed:
    """A team user as the form has it."""
    if user is None:
        return Typed({"user": [name]} if name else {})
    lists = {grant: [", ".join(sorted(getattr(user, grant)))] for grant in GRANTS}
    return Typed({"user": [name], **lists, "apps": sorted(user.apps)})


def granted(grant: str, typed: Typed) -> frozenset[str]:
    kind = replace(GRANTS[grant], parameter=grant)
    words = [word.strip() for text in typed.every(grant) for word in text.split(",") if word.strip()]
    if len(words) > MOST_GRANTS:
        raise InvalidInput(f"{grant} has more than {MOST_GRANTS} names.")
    return frozenset(kind.check(word) for word in words)


def tokens_page(places: Places, admin: Admin, own: Token, typed: Typed = NOTHING_TYPED) -> Managing:
    tokens = sorted(admin.tokens.values(), key=lambda token: (token.created, token.id), reverse=True)
    note = "kept as hashes only, so none can be shown again"
    sections = [Section("Tokens", note, table=tokens_table(places, tokens, own))]
    if places.may_change:
        chosen = typed.get("user")
        options = [
            Option(name, name or f"{admin.name} (admin)", name == chosen)
            for name in ("", *sorted(admin.team))
        ]
        field = Field("user", "For", kind="select", options=options, is_wrong=typed.is_about("user"))
        form = FormView("create_token", "Create the token", [field], typed.problem)
        sections.append(Section("A new token", "shown once", form=form))
    return Managing(places.tabs("tokens"), sections, address=places.changes)


def tokens_table(places: Places, tokens: Sequence[Token], own: Token) -> Table:
    rows = [
        [
            Cell(token.id, tag="signed in with it" if token.id == own.id else ""),
            Cell(token.user or token.admin, note="" if token.user else "admin"),
            Cell(f"{token.created:%Y-%m-%d %H:%M}"),
            *([Cell("Revoke", places.ask("revoke_token", token=token.id))] if places.may_change else []),
        ]
        for token in tokens
    ]
    titles = ["Id", "Of", "Created (UTC)", *(["Change"] if places.may_change else [])]
    return Table("Tokens", [Column(title) for title in titles], rows, "There is no token.")
