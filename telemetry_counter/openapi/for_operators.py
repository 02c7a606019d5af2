"""Rows of the routes of those who run the service."""

from telemetry_counter.openapi.answers import NOT_KEPT, errors, json
from telemetry_counter.openapi.operation import TEXT, Answer, Operation
from telemetry_counter.openapi.shapes import Document, Healthy, Ready

STATE = "The service"

OPERATOR_ROUTES = (
    Operation(
        "GET",
        "/health",
        STATE,
        "Does the process run?",
        {200: json("It does; nothing else is touched.", Healthy)},
    ),
    Operation(
        "GET",
        "/ready",
        STATE,
        "Can it count?",
        {
            200: json("It can.", Ready),
            503: json("The store is away. Update checks are answered all the same.", Ready),
        },
    ),
    Operation(
        "GET",
        "/metrics",
        STATE,
        "Figures for a monitor",
        {
            200: Answer("Prometheus text.", {"text/plain": TEXT}, {"Cache-Control": NOT_KEPT}),
            **errors(401, 403),
        },
        key="metrics",
        notes="For the bearer of METRICS_TOKEN; where none is set, for requests of the same machine.",
    ),
    Operation("GET", "/openapi.json", STATE, "This document", {200: json("This document.", Document)}),
)
