"""Rows of the routes that people open in a browser."""

from telemetry_counter.counting import names
from telemetry_counter.openapi import parameters as take
from telemetry_counter.openapi.answers import HTML, NOT_KEPT, error, json, page
from telemetry_counter.openapi.operation import TEXT, Answer, Body, Header, Operation, Parameter
from telemetry_counter.openapi.public_shapes import WhatThisIs
from telemetry_counter.routes.dashboard.changing import CHANGES

DASHBOARD = "Dashboard"
SESSION = "session"
FORM = "application/x-www-form-urlencoded"

POLICY = {"Content-Security-Policy": Header("No script, nothing from elsewhere.")}
PRIVATE = {**POLICY, "Cache-Control": NOT_KEPT}
APP = take.in_path(names.APP, "The app.", "editor", called="app")
REST = Parameter("rest", "Any other path.", place="path", required=True, example="nowhere")
ELSEWHERE = {**PRIVATE, "Location": Header("The path to go to.", {"type": "string", "pattern": "^/"})}


def elsewhere(meaning: str) -> Answer:
    return Answer(meaning, headers=ELSEWHERE)


def failures(*statuses: int) -> dict[int, Answer]:
    """Of pages: a page that says what is wrong, in place of JSON."""
    return {status: Answer(error(status).meaning, {HTML: TEXT}, PRIVATE) for status in statuses}


SIGN_IN = elsewhere("To the page to sign in.")
SEEN = {200: Answer("The page.", {HTML: TEXT}, PRIVATE), 303: SIGN_IN}
FIGURES = {**SEEN, **failures(400, 403, 404, 503)}
CHANGED = {
    200: Answer("The question before the change, or what came of it.", {HTML: TEXT}, PRIVATE),
    303: elsewhere("To the page that shows it, or to the page to sign in."),
    **failures(400, 401, 403, 404, 503),
}


def shown(path: str, summary: str, *parameters: Parameter) -> Operation:
    return Operation("GET", f"/dashboard{path}", DASHBOARD, summary, FIGURES, parameters, key=SESSION)


def managed(path: str, summary: str, *parameters: Parameter) -> Operation:
    answers = {**FIGURES, **failures(401)}
    return Operation("GET", f"/dashboard/manage{path}", DASHBOARD, summary, answers, parameters, key=SESSION)


def sent(fields: dict[str, str], required: tuple[str, ...], more: bool = False) -> Body:
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", "description": meaning} for name, meaning in fields.items()},
        "required": list(required),
        "additionalProperties": more,
    }
    return Body("A form of the dashboard's own page.", {FORM: schema})


DONE = Parameter("done", "The change that led here.")
PEOPLE_ROUTES = (
    Operation(
        "GET",
        "/",
        DASHBOARD,
        "What this is",
        {200: json("For programs.", WhatThisIs), 303: elsewhere("To the dashboard, for browsers.")},
    ),
    shown("", "All apps at a glance", *take.SELECTION_WITH_YEAR),
    shown("/apps/{app}", "An app", APP, *take.SELECTION_WITH_YEAR),
    shown("/sites/{app}", "A site", APP, *take.SELECTION, *take.PAGE_FILTER),
    shown("/events/{app}", "An app's events", APP, *take.SELECTION, Parameter("event", "The one to open.")),
    shown("/refusals", "What was not counted", *take.SELECTION),
    managed("", "Apps, to manage", DONE),
    managed("/apps/{app}", "An app, to manage", APP, DONE),
    managed("/apps/{app}/publish", "The form of a release", APP),
    managed("/team", "The team", DONE, Parameter("user", "The one to change.")),
    managed("/tokens", "Tokens", DONE),
    managed("/log", "What was changed, by whom", Parameter("first", "How many to pass over.")),
    managed(
        "/ask",
        "The question before a change",
        Parameter("change", "Which.", {"enum": sorted(CHANGES)}),
        Parameter("app_name", ""),
    ),
    Operation(
        "POST",
        "/dashboard/manage",
        DASHBOARD,
        "A change: asked about first, then made",
        CHANGED,
        body=sent(
            {
                "change": "Which.",
                "form_token": "Of the page.",
                "agreed": "yes: make it.",
            },
            ("change", "form_token"),
            more=True,
        ),
        key=SESSION,
    ),
    Operation(
        "GET", "/dashboard/style.css", DASHBOARD, "The style", {200: Answer("CSS.", {"text/css": TEXT})}
    ),
    Operation(
        "GET", "/dashboard/icon.svg", DASHBOARD, "The icon", {200: Answer("SVG.", {"image/svg+xml": TEXT})}
    ),
    Operation(
        "GET",
        "/dashboard/sign-in",
        DASHBOARD,
        "The page to sign in",
        {200: page("The page."), 303: elsewhere("To the dashboard, for those who are signed in.")},
        (Parameter("then", "The page to go to afterwards."),),
    ),
    Operation(
        "POST",
        "/dashboard/sign-in",
        DASHBOARD,
        "Sign in with a token",
        {
            303: Answer(
                "To the dashboard.", headers={**ELSEWHERE, "Set-Cookie": Header("The session's cookie.")}
            ),
            **failures(400, 403, 503),
            429: Answer(
                "Too many wrong tokens.", {HTML: TEXT}, {**PRIVATE, "Retry-After": Header("Seconds.")}
            ),
        },
        body=sent({"token": "Of an admin or a team user.", "then": "The page to go to."}, ("token",), True),
    ),
    Operation(
        "POST",
        "/dashboard/sign-out",
        DASHBOARD,
        "Sign out",
        {303: elsewhere("To the page to sign in."), **failures(400, 403, 503)},
        body=sent({"form_token": "Of the page."}, ("form_token",)),
        key=SESSION,
    ),
    Operation(
        "GET",
        "/dashboard/{rest}",
        DASHBOARD,
        "Anything else",
        {303: SIGN_IN, **failures(404)},
        (REST,),
        key=SESSION,
    ),
)
