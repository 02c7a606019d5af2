"""Each change that the dashboard can make: what is asked before it, and what is done."""

import datetime as dt
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from telemetry_counter.accounts.snapshot import Admin, TeamUser
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.apps import DELETION, PUBLIC, reach
from telemetry_counter.dashboard.managing.parts import NewToken, Typed
from telemetry_counter.dashboard.managing.people import GRANTS, TEAM
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.routes.dashboard_access import Visit
from telemetry_counter.routes.dashboard_manage import app_of, places
from telemetry_counter.store.removal import Removal

Apply = Callable[[], Awaitable[NewToken | None]]

MOST_GRANTS = 100
SHOWN_CHARACTERS = 300
ONCE = "once"
"""The id of a token to be made, so that a form that is sent twice makes one token."""

_ONCE = re.compile(r"[0-9a-f]{8}")
_KINDS = {
    "apps": names.APP,
    "channels": names.CHANNEL,
    "platforms": names.PLATFORM,
    "architectures": names.ARCH,
}


@dataclass(frozen=True, slots=True)
class Step:
    """`then`: the page after it; `back`: the one if it is not wanted. `adds` is sent with the answer."""

    question: str
    button: str
    then: str
    back: str
    apply: Apply
    facts: Sequence[tuple[str, str]] = ()
    warning: str = ""
    is_danger: bool = False
    adds: Sequence[tuple[str, str]] = ()


def create_app(visit: Visit, admin: Admin, typed: Typed) -> Step:
    name = names.APP.check(typed.get("app_name"))
    if name in admin.apps:
        raise InvalidInput("app_name is that of an app you have already.")

    async def apply() -> None:
        await visit.service.registry.create_app(admin.name, name, by=admin.name)

    to = places(visit)
    then = to.to("apps", name, done="create_app")
    return Step(f"Create the app {name}?", "Create it", then, to.to(), apply)


def make_public(visit: Visit, admin: Admin, typed: Typed) -> Step:
    return _switch(visit, admin, typed, True)


def make_private(visit: Visit, admin: Admin, typed: Typed) -> Step:
    return _switch(visit, admin, typed, False)


def _switch(visit: Visit, admin: Admin, typed: Typed, public: bool) -> Step:
    app, to, word = app_of(admin, typed.get("app_name")), places(visit), "public" if public else "private"

    async def apply() -> None:
        await visit.service.registry.set_public(admin.name, app.name, public, by=admin.name)

    warning = PUBLIC if public else "Badges and links that are embedded somewhere will show nothing any more."
    then = to.to("apps", app.name, done=f"make_{word}")
    question, button = f"Make {app.name} {word}?", f"Make it {word}"
    return Step(question, button, then, to.app(app.name), apply, warning=warning)


def delete_app(visit: Visit, admin: Admin, typed: Typed) -> Step:
    app, to, service = app_of(admin, typed.get("app_name")), places(visit), visit.service

    async def apply() -> None:
        removal = Removal(service.client, service.keys, service.registry, service.settings.retention_days)
        await removal.delete_app(admin.name, app.name, service.clock.today(), by=admin.name)

    return Step(
        f"Delete the app {app.name}?",
        "Delete it for ever",
        to.to(done="delete_app"),
        to.app(app.name),
        apply,
        [("App", app.name), ("Releases", str(len(app.releases)))],
        DELETION,
        is_danger=True,
    )


def publish(visit: Visit, admin: Admin, typed: Typed) -> Step:
    app, to = app_of(admin, typed.get("app_name")), places(visit)
    release = release_of(typed, visit.service.now())

    async def apply() -> None:
        await visit.service.registry.publish(admin.name, release, by=admin.name)

    exists = any(one.id == release.id for one in app.releases)
    return Step(
        f"Publish {app.name} {release.version}?",
        "Publish it",
        to.to("apps", app.name, done="publish"),
        to.to("apps", app.name, "publish"),
        apply,
        release_facts(release, is_now=not typed.get("published")),
        "There is such a release: this is added to it." if exists else "",
    )


def release_of(typed: Typed, now: dt.datetime) -> Release:
    """Raises InvalidInput, with a sentence that begins with the field's name."""
    if typed.get("package") and not typed.get("url"):
        raise InvalidInput("package needs the URL of that package.")
    return release_from_input(
        app=typed.get("app_name"),
        version=typed.get("version"),
        channel=typed.get("channel"),
        platform=typed.get("platform"),
        arch=typed.get("arch"),
        packages={typed.get("package"): typed.get("url")} if typed.get("url") else {},
        changelog=typed.get("changelog"),
        critical=bool(typed.get("critical")),
        required=bool(typed.get("required")),
        rollout_percent=read_percent(typed.get("rollout_percent")),
        rollout_seed=typed.get("rollout_seed"),
        signature=typed.get("signature"),
        published=read_moment(typed.get("published")) if typed.get("published") else now,
    )


def release_facts(release: Release, is_now: bool) -> list[tuple[str, str]]:
    staged = "" if release.rollout_percent is None else f"{release.rollout_percent} % of the devices"
    given = [
        ("For", reach(release)),
        ("Published", "now" if is_now else f"{release.published:%Y-%m-%d %H:%M} UTC"),
        *((name or "Download", url) for name, url in release.packages.items()),
        ("Rollout", staged),
        ("Critical", "yes" if release.critical else ""),
        ("Required", "yes" if release.required else ""),
        ("What is new", release.changelog[:SHOWN_CHARACTERS]),
    ]
    return [(name, value) for name, value in given if value]


def withdraw(visit: Visit, admin: Admin, typed: Typed) -> Step:
    releases = [one for app in admin.apps.values() for one in app.releases]
    release = next((one for one in releases if one.id == typed.get("release_id")), None)
    if release is None:
        raise NotFound("There is no such release.")

    async def apply() -> None:
        await visit.service.registry.withdraw(admin.name, release.id, by=admin.name)

    to = places(visit)
    return Step(
        f"Withdraw {release.app} {release.version}?",
        "Withdraw it",
        to.to("apps", release.app, done="withdraw"),
        to.app(release.app),
        apply,
        [("For", reach(release))],
        "It is offered no more. Devices that have it keep it, and the history does too.",
        is_danger=True,
    )


def add_user(visit: Visit, admin: Admin, typed: Typed) -> Step:
    name = names.USER.check(typed.get("user"))
    user = TeamUser(**{grant: granted(grant, typed) for grant in GRANTS})
    once, to = read_once(typed, admin), places(visit)

    async def apply() -> NewToken:
        token = await visit.service.registry.add_team_user(
            admin.name, name, user, by=admin.name, token_id=once
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
        await visit.service.registry.remove_team_user(admin.name, name, by=admin.name)

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
        token = await visit.service.registry.create_token(admin.name, user, by=admin.name, token_id=once)
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
        await visit.service.registry.revoke_token(token.id, of=admin.name, by=admin.name)

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


def granted(grant: str, typed: Typed) -> frozenset[str]:
    kind = replace(_KINDS[grant], parameter=grant)
    words = [word.strip() for text in typed.every(grant) for word in text.split(",") if word.strip()]
    if len(words) > MOST_GRANTS:
        raise InvalidInput(f"{grant} has more than {MOST_GRANTS} names.")
    return frozenset(kind.check(word) for word in words)


def read_once(typed: Typed, admin: Admin) -> str:
    """Raises InvalidInput if that token was made already."""
    once = typed.get(ONCE)
    if any(token.id == once for token in admin.tokens.values()):
        raise InvalidInput(
            "This token was made already, and is not shown again. Not copied? Revoke it and make another."
        )
    return once if _ONCE.fullmatch(once) else secrets.token_hex(4)


def read_percent(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise InvalidInput("rollout_percent must be a whole number from 0 to 100, or empty.")
    return int(text)


def read_moment(text: str) -> dt.datetime:
    """UTC unless it says otherwise."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("published must be a time like 2025-06-16T12:00, or empty.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
