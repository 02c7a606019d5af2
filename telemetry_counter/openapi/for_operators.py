"""Rows of the routes of those who run the service."""

from telemetry_counter.openapi.answers import json
from telemetry_counter.openapi.operation import Operation
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
    Operation("GET", "/openapi.json", STATE, "This document", {200: json("This document.", Document)}),
)
