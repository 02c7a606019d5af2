"""Changes from the dashboard: each is asked about once, made, logged, and followed by a fresh page."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.links import HOME
from telemetry_counter.dashboard.managing.parts import Asking, Typed
from telemetry_counter.errors import InvalidInput
from telemetry_counter.routes.dashboard import app_steps as apps
from telemetry_counter.routes.dashboard import manage as pages
from telemetry_counter.routes.dashboard import people_steps as people
from telemetry_counter.routes.dashboard.access import Doors, Visit
from telemetry_counter.routes.dashboard.answers import redirect
from telemetry_counter.routes.dashboard.forms import FORM_TOKEN, Form
from telemetry_counter.service import REFRESH_SECONDS

SEEN_BY_ALL_SECONDS = REFRESH_SECONDS + 0.1
"""After that every worker knows of a change: whichever answers next, its page is not a stale one."""

UNSENT = (FORM_TOKEN, "agreed")
"""Fields that the question does not send along: the page has its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """What reads and checks the form of a change, and the page that the form is on."""

    step: Callable[[Visit, Admin, Typed], apps.Step]
    page: Callable[[Visit, Admin, Typed], Page]


CHANGES = {
    "create_app": Row(apps.create_app, pages.apps_page),
    "make_public": Row(apps.make_public, pages.apps_page),
    "make_private": Row(apps.make_private, pages.apps_page),
    "delete_app": Row(apps.delete_app, pages.apps_page),
    "publish": Row(apps.publish, pages.publish_page),
    "withdraw": Row(apps.withdraw, pages.apps_page),
    "add_user": Row(people.add_user, pages.team_page),
    "remove_user": Row(people.remove_user, pages.team_page),
    "create_token": Row(people.create_token, pages.tokens_page),
    "revoke_token": Row(people.revoke_token, pages.tokens_page),
}


async def ask(visit: Visit) -> Page:
    """The question before a change that was chosen with a link."""
    visit.must_be_admin()
    typed = Typed({name: [value] for name, value in visit.query.items()})
    return question(visit, typed, row_of(typed).step(visit, await pages.fresh(visit), typed))


async def change(visit: Visit) -> Page | Response:
    """What a form sent: asked about first, and done when it was agreed to."""
    form = await visit.form()
    visit.must_be_admin()
    typed, admin = typed_in(form), await pages.fresh(visit)
    row = row_of(typed)
    try:
        step = row.step(visit, admin, typed)
        if form.get("agreed") != "yes":
            return question(visit, typed, step)
        done = await step.apply()
    except InvalidInput as error:
        return row.page(visit, admin, Typed(typed.fields, str(error)))
    await asyncio.sleep(SEEN_BY_ALL_SECONDS)
    await visit.service.refresh()
    if done is not None:
        return Page("manage_token.html", "A new token", done, pages.SECTION)
    return redirect(step.then)


def question(visit: Visit, typed: Typed, step: apps.Step) -> Page:
    carried = [(name, value) for name, values in typed.fields.items() for value in values]
    known = {name for name, _ in carried}
    view = Asking(
        visit.links.to("manage"),
        step.facts,
        step.warning,
        step.button,
        step.is_danger,
        [*carried, *(pair for pair in step.adds if pair[0] not in known)],
        step.back,
    )
    return Page("manage_ask.html", step.question, view, pages.SECTION)


def row_of(typed: Typed) -> Row:
    row = CHANGES.get(typed.get("change"))
    if row is None:
        raise InvalidInput("This is not a change that can be made here. Go back and open the page again.")
    return row


def typed_in(form: Form) -> Typed:
    fields: dict[str, Sequence[str]] = {
        name: [value.strip() for value in values]
        for name, values in form.fields.items()
        if name not in UNSENT
    }
    return Typed(fields)


def manage_routes(doors: Doors) -> list[Route]:
    shown = (
        ("", pages.show_apps),
        ("/apps/{app}", pages.show_app),
        ("/apps/{app}/publish", pages.show_publish),
        ("/team", pages.show_team),
        ("/tokens", pages.show_tokens),
        ("/log", pages.show_log),
        ("/ask", ask),
    )
    home = f"{HOME}/manage"
    return [
        *(
            Route(home + path, doors.signed_in(page, shows_figures=False), methods=["GET"])
            for path, page in shown
        ),
        Route(home, doors.signed_in(change, shows_figures=False), methods=["POST"]),
    ]
