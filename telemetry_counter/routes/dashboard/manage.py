"""`/dashboard/manage`: what there is, and the forms that change it."""

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.managing import apps, log, people, release_form
from telemetry_counter.dashboard.managing.parts import NOTHING_TYPED, Managing, Typed
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Notice
from telemetry_counter.errors import NotFound, Unauthorized
from telemetry_counter.routes.dashboard.access import Visit
from telemetry_counter.store.audit import KEPT

SECTION = "manage"
DONE = {
    "create_app": "The app is created. What clients send of it is counted from now on.",
    "make_public": "The app is public.",
    "make_private": "The app is private.",
    "delete_app": "The app and all that was counted of it are deleted.",
    "publish": "The release is published.",
    "withdraw": "The release is withdrawn: it is offered no more.",
    "remove_user": "The team user is removed, with all tokens.",
    "revoke_token": "The token is revoked; it opens nothing any more.",
}


async def show_apps(visit: Visit) -> Page:
    return apps_page(visit, await fresh(visit))


def apps_page(visit: Visit, admin: Admin, typed: Typed = NOTHING_TYPED) -> Page:
    return page(visit, "Manage", apps.apps_page(places(visit), admin, typed), typed)


async def show_app(visit: Visit) -> Page:
    app = app_of(await fresh(visit), visit.request.path_params["app"])
    view = apps.app_page(places(visit), visit.admin.name, app, visit.base_url, visit.service.now())
    return page(visit, app.name, view)


async def show_publish(visit: Visit) -> Page:
    visit.must_be_admin()
    return publish_page(visit, await fresh(visit), Typed({"app_name": [visit.request.path_params["app"]]}))


def publish_page(visit: Visit, admin: Admin, typed: Typed) -> Page:
    app = app_of(admin, typed.get("app_name"))
    return page(visit, f"Publish {app.name}", release_form.publish_page(places(visit), app, typed), typed)


async def show_team(visit: Visit) -> Page:
    admin, name = await fresh(visit), visit.query.get("user", "")
    return team_page(visit, admin, people.typed_of(name, admin.team.get(name)))


def team_page(visit: Visit, admin: Admin, typed: Typed) -> Page:
    return page(visit, "Team", people.team_page(places(visit), admin, typed), typed)


async def show_tokens(visit: Visit) -> Page:
    return tokens_page(visit, await fresh(visit), NOTHING_TYPED)


def tokens_page(visit: Visit, admin: Admin, typed: Typed) -> Page:
    return page(visit, "Tokens", people.tokens_page(places(visit), admin, visit.token, typed), typed)


async def show_log(visit: Visit) -> Page:
    first = visit.query.get("first", "")
    passed_over = int(first) if first.isdecimal() and first.isascii() and len(first) <= 4 else 0
    entries = await visit.service.registry.log(visit.admin.name)
    return page(visit, "Log", log.log_page(places(visit), entries, passed_over, KEPT))


async def fresh(visit: Visit) -> Admin:
    """The admin as the store has it now: another worker may have made the last change."""
    await visit.service.refresh()
    admin = visit.service.snapshot.admins.get(visit.admin.name)
    if admin is None:
        raise Unauthorized("The admin of this token does not exist any more.")
    return admin


def app_of(admin: Admin, name: str) -> App:
    app = admin.apps.get(name)
    if app is None:
        raise NotFound("There is no such app.")
    return app


def places(visit: Visit) -> Places:
    return Places(visit.links, visit.is_admin)


def page(visit: Visit, title: str, view: Managing, typed: Typed = NOTHING_TYPED) -> Page:
    notices = []
    if not visit.is_admin:
        notices.append(Notice("A team user may read this, but not change anything."))
    done = DONE.get(visit.query.get("done", "")) if visit.request.method == "GET" else None
    if done:
        notices.append(Notice(done, "good"))
    status = 400 if typed.problem else 200
    return Page("manage.html", title, view, SECTION, notices, status)
