"""Rows of the routes that installed programs and pages call: no token."""

from telemetry_counter.counting import names
from telemetry_counter.events.names import PLAIN
from telemetry_counter.events.summary import MAX_BODY_BYTES, Summary
from telemetry_counter.openapi import parameters as take
from telemetry_counter.openapi.answers import BINARY, HTML, INGEST, JSON, NOT_KEPT, error, errors, json
from telemetry_counter.openapi.operation import TEXT, Answer, Body, Header, Operation, Parameter
from telemetry_counter.openapi.policy_shapes import Policy
from telemetry_counter.openapi.update_shapes import NotFound, SquirrelUpdate, TauriUpdate, Update
from telemetry_counter.pages.hits import Body as HitBody
from telemetry_counter.routes.cross_origin import PREFLIGHT

CHECKS, PAGES, EVENTS = "Update checks", "Pages", "Events"

KEPT_BY_NOBODY = {**INGEST, "Cache-Control": NOT_KEPT, "Pragma": Header("For old caches.")}
ALWAYS = "Always answered so, whatever becomes of the hit: X-Telemetry says it."
ALLOWED = {name: Header("As CORS wants it.", {"const": value}) for name, value in PREFLIGHT.items()}


def preflight(path: str, room: str) -> Operation:
    answer = Answer("Any origin may ask, without credentials.", headers=ALLOWED)
    return Operation("OPTIONS", path, room, "Preflight of a browser", {204: answer})


CLIENT_ROUTES = (
    Operation(
        "GET",
        "/checkVersion",
        CHECKS,
        "Is there an update?",
        {
            200: json(
                "The answer, in the form that `updater` names.",
                {"anyOf": [NotFound, Update, SquirrelUpdate, TauriUpdate]},
                {**INGEST, "X-Update-Version": Header("The version offered, or the latest.", required=False)},
            ),
            204: Answer("No update, for updaters that want it said so.", headers=INGEST),
            302: Answer(
                "The feed, for updaters that read one.", headers={**INGEST, "Location": Header("Its URL.")}
            ),
            400: error(400, **INGEST),
            404: Answer("Nothing is published, for Squirrel.Windows.", {JSON: NotFound}, INGEST),
        },
        (*take.CHECK, take.UPDATER, take.DEVICE, take.STAGING),
        notes="Answered from memory, also while the store is away, and counted where telemetry is on.",
    ),
    preflight("/checkVersion", CHECKS),
    Operation(
        "GET",
        "/telemetry/beacon",
        CHECKS,
        "Count a check that was answered elsewhere",
        {204: Answer(ALWAYS, headers=INGEST), 403: error(403, **INGEST)},
        (*take.CHECK, take.IS_LATEST, take.DEVICE, take.STAGING),
    ),
    preflight("/telemetry/beacon", CHECKS),
    Operation(
        "GET",
        "/api/telemetry/pixel",
        PAGES,
        "Count a page view, with an image",
        {200: Answer(ALWAYS, {"image/gif": BINARY}, KEPT_BY_NOBODY)},
        take.HIT,
    ),
    preflight("/api/telemetry/pixel", PAGES),
    Operation(
        "GET",
        "/api/telemetry/hit",
        PAGES,
        "Count a page view",
        {204: Answer(ALWAYS, headers=KEPT_BY_NOBODY)},
        take.HIT,
    ),
    Operation(
        "POST",
        "/api/telemetry/hit",
        PAGES,
        "Count a page view",
        {204: Answer(ALWAYS, headers=KEPT_BY_NOBODY)},
        body=Body(
            "JSON under any content type; without a body, the query is read as with GET.",
            {JSON: HitBody, "text/plain": TEXT},
            required=False,
            example={"site": "docs", "path": "/install", "owner": "acme"},
        ),
    ),
    preflight("/api/telemetry/hit", PAGES),
    Operation(
        "GET",
        "/telemetry/{owner}/{app}.gif",
        PAGES,
        "Count the page that shows this image",
        {200: Answer(ALWAYS, {"image/gif": BINARY}, KEPT_BY_NOBODY)},
        (*take.SITE_IN_PATH, *take.EMBED),
    ),
    Operation(
        "GET",
        "/telemetry/{owner}/{app}/badge.svg",
        PAGES,
        "Count the page that shows this badge, and show its count",
        {200: Answer(ALWAYS, {"image/svg+xml": TEXT}, KEPT_BY_NOBODY)},
        (
            *take.SITE_IN_PATH,
            *take.EMBED,
            Parameter("title", "The badge's label."),
            Parameter("start", "Added to the count.", {"type": "string", "pattern": "^[0-9]{0,12}$"}),
            Parameter("fullNum", "true: 12345 instead of 12.3k."),
        ),
    ),
    Operation(
        "GET",
        "/hit.js",
        PAGES,
        "The script that counts the views of the pages that include it",
        {200: Answer("The script.", {"text/javascript": TEXT}, {"Cache-Control": Header("A day.")})},
    ),
    Operation(
        "POST",
        "/telemetry/events",
        EVENTS,
        "Count a summary of events",
        {
            204: Answer("Taken, or left out: X-Telemetry says it.", headers=INGEST),
            400: error(400, **INGEST),
            403: error(403, **INGEST),
            413: error(413, **INGEST),
        },
        (take.DEVICE,),
        Body(
            f"JSON under any content type, at most {MAX_BODY_BYTES} bytes.",
            {JSON: Summary},
            example={
                "owner": "acme",
                "app_name": "editor",
                "version": "1.2.0",
                "day": "2026-01-31",
                "batch_id": "7f2c1d3e-aaaa-4bbb-8ccc-123456789abc",
                "events": [{"name": "opened", "count": 3, "properties": {"kind": {"pdf": 2}}}],
            },
        ),
        notes="A repetition with the same `batch_id` is counted once.",
    ),
    preflight("/telemetry/events", EVENTS),
    Operation(
        "GET",
        "/telemetry/policy",
        "For everybody",
        "What is collected, kept and for how long",
        {200: Answer("The policy, for programs and for people.", {JSON: Policy, HTML: TEXT}), **errors(404)},
        (
            Parameter("app_name", "An app, to be told what it has declared."),
            Parameter("owner", take.OWNER.meaning),
        ),
    ),
)

NAMED = {
    "Summary": {
        "owner": take.optional(names.OWNER),
        "app_name": take.name_schema(names.APP),
        "version": take.name_schema(names.VERSION),
        "channel": take.optional(names.CHANNEL),
        "platform": take.optional(names.PLATFORM),
        "arch": take.optional(names.ARCH),
    },
    "Event": {"name": take.name_schema(PLAIN)},
}
"""Bounds of fields that their types do not say, by shape and field."""
