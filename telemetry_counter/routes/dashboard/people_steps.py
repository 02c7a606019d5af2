"""Changes of team users and tokens: what is asked before each, and what is done."""

import re
import secrets

from telemetry_counter.accounts.snapshot import Admin, TeamUser
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.parts import NewToken, Typed
from telemetry_counter.dashboard.managing.people import GRANTS, TEAM, granted
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.app_steps import Step
from telemetry_counter.routes.dashboard.manage import places

ONCE = "once"
"""The id of a token to be made, so that a form that is sent twice makes one token."""

_ONCE = re.compile(r"[0-9a-f]{8}")


def add_user(visit: Visit, admin: Admin, typed: Typed) -> Step:
    name = names.USER.check(typed.get("user"))
    user = TeamUser(**{grant: granted(grant, typed) for grant in GRANTS})
    once, to = read_once(typed, admin), places(visit)

    async def apply() -> NewToken:
        token = await visit.service.registry.add_team_user(
            admin.name, name, user, by=visit.token.bearer, token_id=once
        )
        return NewToken(token, name, to.to("team"))

    lists = [(f"Filters by {grant}", ", ".join(sorted(getattr(user, grant)))) for grant in GRANTS]
    is_known = name in admin.team
    return Step(
        f"Change what {name} may filter by?" if is_known else f"Add {name} to the team?",
        "Change it" if is_known else "Add",
        to.to("team"),
        to.to("team", user=name if is_known else ""),
        apply,
        [(fact, value or "nothing") for fact, value in lists],
        f"{TEAM} {'A further' if is_known else 'A'} token is made, and shown once.",
        adds=[(ONCE, once)],
    )


def remove_user(visit: Visit, admin: Admin, typed: Typed) -> Step:
    name, to = typed.get("user"), places(visit)
    if name not in admin.team:
        raise NotFound("There is no such team user.")

    async def apply() -> None:
        await visit.service.registry.remove_team_user(admin.name, name, by=visit.token.bearer)

    tokens = sum(token.user == name for token in admin.tokens.values())
    return Step(
        f"Remove {name} from the team?",
        "Remove",
        to.to("team", done="remove_user"),
        to.to("team"),
        apply,
        [("Tokens that end", str(tokens))],
        is_danger=True,
    )


def create_token(visit: Visit, admin: Admin, typed: Typed) -> Step:
    user, once, to = typed.get("user"), read_once(typed, admin), places(visit)
    if user and user not in admin.team:
        raise InvalidInput("user is not one of your team.")

    async def apply() -> NewToken:
        token = await visit.service.registry.create_token(
            admin.name, user, by=visit.token.bearer, token_id=once
        )
        return NewToken(token, user or admin.name, to.to("tokens"))

    may = TEAM if user else "Whoever has it may read and change everything of yours."
    return Step(
        f"Create a token for {user or admin.name}?",
        "Create it",
        to.to("tokens"),
        to.to("tokens"),
        apply,
        warning=f"{may} It is shown once.",
        adds=[(ONCE, once)],
    )


def revoke_token(visit: Visit, admin: Admin, typed: Typed) -> Step:
    token = next((one for one in admin.tokens.values() if one.id == typed.get("token")), None)
    if token is None:
        raise NotFound("There is no such token.")

    async def apply() -> None:
        await visit.service.registry.revoke_token(token.id, of=admin.name, by=visit.token.bearer)

    to = places(visit)
    is_own = token.id == visit.token.id
    return Step(
        f"Revoke the token {token.id}?",
        "Revoke it",
        to.to("tokens", done="revoke_token"),
        to.to("tokens"),
        apply,
        [("Of", token.user or token.admin), ("Created", f"{token.created:%Y-%m-%d %H:%M} UTC")],
        "You are signed in with this one: it signs you out."
        if is_own
        else "Whoever uses it is let in no more.",
        is_danger=True,
    )


def read_once(typed: Typed, admin: Admin) -> str:
    """Raises InvalidInput if that token was made already."""
    once = typed.get(ONCE)
    if any(token.id == once for token in admin.tokens.values()):
        raise InvalidInput(
            "This token was made already, and is not shown again. Not copied? Revoke it and make another."
        )
    return once if _ONCE.fullmatch(once) else secrets.token_hex(4)
