"""Rows of the routes of admins and team users: a bearer's token."""

from telemetry_counter.counting import names
from telemetry_counter.openapi import parameters as take
from telemetry_counter.openapi.answers import CSV, JSON, NDJSON, NOT_KEPT, errors, json
from telemetry_counter.openapi.operation import TEXT, Answer, Body, Operation, Parameter, Shape
from telemetry_counter.openapi.page_shapes import EventReport, PageReport
from telemetry_counter.openapi.report_shapes import Adoption, Report
from telemetry_counter.openapi.shapes import PublishedNow, PublishedRelease, Releases, RequestSeen
from telemetry_counter.releases import bounds
from telemetry_counter.releases.offers import DEFAULT_CHANNEL
from telemetry_counter.routes.releases import ReleaseBody

REPORTS, RELEASES = "Reports", "Releases"
NO_OTHER = "A parameter that is not listed is refused with 400."
BEARER = "bearer"
PRIVATE = {"Cache-Control": NOT_KEPT}
FOLLOW = "The worker that answers knows it at once; with several, the others follow within half a second."


def report(shape: Shape) -> Answer:
    bodies = {JSON: shape, CSV: TEXT, NDJSON: TEXT}
    return Answer("The report, or with `Accept: text/csv` or `application/x-ndjson` its daily rows.", bodies)


ADMIN_ROUTES = (
    Operation(
        "GET",
        "/telemetry",
        REPORTS,
        "Update checks: requests, devices, versions",
        {200: report(Report), **errors(400, 401, 403, 404, 503)},
        (
            *take.SELECTION_WITH_YEAR,
            Parameter("compare", "With the days before.", {"type": "string", "enum": ["", "previous"]}),
            Parameter(
                "include",
                "Devices active in the day, week and month up to each day.",
                {"type": "string", "enum": ["", "active"]},
            ),
        ),
        key=BEARER,
        notes=NO_OTHER,
    ),
    Operation(
        "GET",
        "/telemetry/web",
        REPORTS,
        "Pages: views, visitors, referrers, browsers",
        {200: report(PageReport), **errors(400, 401, 403, 404, 503)},
        (*take.SELECTION, *take.PAGE_FILTER),
        key=BEARER,
        notes=NO_OTHER,
    ),
    Operation(
        "GET",
        "/telemetry/events",
        REPORTS,
        "Events: how often, from how many devices",
        {200: report(EventReport), **errors(400, 401, 403, 404, 503)},
        take.SELECTION,
        key=BEARER,
        notes=NO_OTHER,
    ),
    Operation(
        "GET",
        "/telemetry/adoption",
        REPORTS,
        "How fast releases reach devices, and who stays behind",
        {200: json("The app's releases.", Adoption), **errors(400, 401, 403, 404, 503)},
        (
            Parameter("app", "The app.", take.name_schema(names.APP), required=True, example="editor"),
            Parameter(
                "channel", f"Its channel; {DEFAULT_CHANNEL} unless given.", take.optional(names.CHANNEL)
            ),
            Parameter("platform", "One platform only.", take.optional(names.PLATFORM)),
            Parameter("arch", "One architecture only.", take.optional(names.ARCH)),
            *take.DAYS,
        ),
        key=BEARER,
        notes=NO_OTHER,
    ),
    Operation(
        "GET",
        "/telemetry/request",
        REPORTS,
        "What the service sees of this very request",
        {200: json("For whoever sets up a proxy.", RequestSeen, PRIVATE), **errors(401)},
        key=BEARER,
    ),
    Operation(
        "GET",
        "/releases",
        RELEASES,
        "The release history",
        {200: json("By app and version.", Releases, PRIVATE), **errors(401, 404)},
        (Parameter("app_name", "One app only."),),
        key=BEARER,
    ),
    Operation(
        "POST",
        "/releases",
        RELEASES,
        "Publish a release",
        {201: json("As it stands now.", PublishedNow, PRIVATE), **errors(400, 401, 403, 503)},
        body=Body(
            "Publishing the same version for the same channel, platform and arch adds to what is there.",
            {JSON: ReleaseBody},
            example={"app_name": "editor", "version": "1.3.0", "url": "https://downloads.example.org/e.zip"},
        ),
        key=BEARER,
        notes=f"Not for team users. The app is created with its first release. {FOLLOW}",
    ),
    Operation(
        "DELETE",
        "/releases/{release_id}",
        RELEASES,
        "Withdraw a release",
        {200: json("As it stands now.", PublishedRelease, PRIVATE), **errors(401, 403, 404, 503)},
        (Parameter("release_id", "Its id.", place="path", required=True, example="0011223344556677"),),
        key=BEARER,
        notes=f"It stays in the history, and is offered no more. Not for team users. {FOLLOW}",
    ),
)

_URL = {"type": "string", "maxLength": bounds.URL_LENGTH}
NAMED = {
    "ReleaseBody": {
        "app_name": take.name_schema(names.APP),
        "version": take.name_schema(names.VERSION),
        "channel": take.optional(names.CHANNEL),
        "platform": take.optional(names.PLATFORM),
        "arch": take.optional(names.ARCH),
        "url": _URL,
        "changelog": {"maxLength": bounds.CHANGELOG_BYTES},
        "rollout_seed": {"maxLength": bounds.SEED_BYTES},
        "signature": {"maxLength": bounds.SIGNATURE_BYTES},
    },
}
"""Bounds of fields that their types do not say, by shape and field."""
