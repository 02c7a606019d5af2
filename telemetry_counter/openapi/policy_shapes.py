"""The shape of the policy."""

from msgspec import UNSET, UnsetType

from telemetry_counter.openapi.shapes import Strict


class PolicyField(Strict):
    name: str
    meaning: str


class PolicyKind(Strict):
    kind: str
    when: str
    fields: list[PolicyField]


class PolicyPromise(Strict):
    topic: str
    sentence: str
    source: list[str]


class PolicyProperty(Strict):
    name: str
    description: str
    values: list[str]


class PolicyEvent(Strict):
    name: str
    description: str
    properties: list[PolicyProperty]


class PolicyApp(Strict):
    owner: str
    app_name: str
    declared: bool
    summary: str
    events: list[PolicyEvent]
    read_more: str


class Policy(Strict):
    summary: str
    telemetry_enabled: bool
    retention_days: int
    collected: list[PolicyKind]
    promises: list[PolicyPromise]
    app: PolicyApp | UnsetType = UNSET
