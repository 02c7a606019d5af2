"""Rows of the routes that anybody may call for public apps."""

from telemetry_counter.counting import names
from telemetry_counter.openapi import parameters as take
from telemetry_counter.openapi.answers import HTML, JSON, errors
from telemetry_counter.openapi.for_people import APP, POLICY
from telemetry_counter.openapi.operation import TEXT, Answer, Header, Operation, Parameter
from telemetry_counter.openapi.public_shapes import BadgeEndpoint, PublicStats
from telemetry_counter.reporting.public import RANGES

PUBLIC = "Public apps"
EMBEDDED = {
    "Cache-Control": Header("Minutes.", {"type": "string", "pattern": "^public, max-age=[0-9]+$"}),
    "Access-Control-Allow-Origin": Header("Any.", {"const": "*"}),
}
OWNER_AND_APP = (take.in_path(names.OWNER, "The admin.", "acme"), APP)
FIGURE = Parameter(
    "figure", "Of what.", {"enum": ["devices", "requests", "latest", "version"]}, "path", True, "devices"
)
BADGE = (
    *OWNER_AND_APP,
    FIGURE,
    Parameter("label", "The left half's text."),
    Parameter("color", "A name as shields.io has them, or like 4c1 or 44cc11."),
    Parameter("range", "Full days up to yesterday.", {"type": "string", "enum": ["", *RANGES]}),
    Parameter("channel", "Of the version.", take.optional(names.CHANNEL)),
)
PUBLIC_ROUTES = (
    Operation(
        "GET",
        "/badge/{owner}/{app}/{figure}.svg",
        PUBLIC,
        "A badge of a public app's figure",
        {200: Answer("Rounded; counts nothing.", {"image/svg+xml": TEXT}, EMBEDDED), **errors(400, 404)},
        BADGE,
    ),
    Operation(
        "GET",
        "/badge/{owner}/{app}/{figure}.json",
        PUBLIC,
        "The same as shields.io's endpoint badge reads it",
        {200: Answer("Rounded; counts nothing.", {JSON: BadgeEndpoint}, EMBEDDED), **errors(400, 404)},
        BADGE,
    ),
    Operation(
        "GET",
        "/public/{owner}/{app}",
        PUBLIC,
        "A public app's figures",
        {200: Answer("The page.", {HTML: TEXT}, POLICY), **errors(404, 503)},
        OWNER_AND_APP,
    ),
    Operation(
        "GET",
        "/public/{owner}/{app}/stats.json",
        PUBLIC,
        "A public app's figures, for programs",
        {200: Answer("Rounded.", {JSON: PublicStats}, EMBEDDED), **errors(404, 503)},
        OWNER_AND_APP,
    ),
)
