"""Changes of apps and releases: what is asked before each, and what is done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.apps import DELETION, PUBLIC, reach
from telemetry_counter.dashboard.managing.parts import NewToken, Typed
from telemetry_counter.dashboard.managing.release_form import release_facts, release_of
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.releases.publishing import dropped_sentence, kept_sentence
from telemetry_counter.releases.release import merge
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.routes.dashboard.manage import app_of, places
from telemetry_counter.store.removal import Removal

Apply = Callable[[], Awaitable[NewToken | None]]

EXISTS = "There is such a release: this is added to it."
STAGED = "Devices that are not offered it yet count as outdated from the moment it is out."


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
        await visit.service.registry.create_app(admin.name, name, by=visit.token.bearer)

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
        await visit.service.registry.set_public(admin.name, app.name, public, by=visit.token.bearer)

    warning = PUBLIC if public else "Badges and links that are embedded somewhere will show nothing any more."
    then = to.to("apps", app.name, done=f"make_{word}")
    question, button = f"Make {app.name} {word}?", f"Make it {word}"
    return Step(question, button, then, to.app(app.name), apply, warning=warning)


def delete_app(visit: Visit, admin: Admin, typed: Typed) -> Step:
    app, to, service = app_of(admin, typed.get("app_name")), places(visit), visit.service

    async def apply() -> None:
        removal = Removal(service.client, service.keys, service.registry, service.settings.retention_days)
        await removal.delete_app(admin.name, app.name, service.clock.today(), by=visit.token.bearer)

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
    app, to, now = app_of(admin, typed.get("app_name")), places(visit), visit.service.now()
    release, is_timed = release_of(typed, now), bool(typed.get("published"))

    async def apply() -> None:
        registry = visit.service.registry
        await registry.publish(admin.name, release, by=visit.token.bearer, is_timed=is_timed)

    old = next((one for one in app.releases if one.id == release.id), None)
    planned = merge(old, release, now, is_timed) if old else release
    warnings = [
        f"{EXISTS} {kept_sentence(release, planned)} {dropped_sentence(old, planned)}" if old else "",
        STAGED if planned.is_staged else "",
    ]
    return Step(
        f"Publish {app.name} {release.version}?",
        "Publish it",
        to.to("apps", app.name, done="publish"),
        to.to("apps", app.name, "publish"),
        apply,
        release_facts(release, is_now=not is_timed and planned.published == now, at=planned.published),
        " ".join(" ".join(warnings).split()),
    )


def withdraw(visit: Visit, admin: Admin, typed: Typed) -> Step:
    releases = [one for app in admin.apps.values() for one in app.releases]
    release = next((one for one in releases if one.id == typed.get("release_id")), None)
    if release is None:
        raise NotFound("There is no such release.")

    async def apply() -> None:
        await visit.service.registry.withdraw(admin.name, release.id, by=visit.token.bearer)

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
