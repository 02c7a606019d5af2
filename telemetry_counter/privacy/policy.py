"""The answer of `/telemetry/policy`: what this service collects, keeps and for how long."""

from dataclasses import dataclass
from typing import Any

from telemetry_counter.events.declaration import Declaration, Property
from telemetry_counter.privacy.collected import collected
from telemetry_counter.privacy.promises import PROMISES, Terms

ON = "This service counts how much programs and pages are used, without knowing by whom."
OFF = "Telemetry is off on this service: update checks are answered, and nothing is counted or kept."
ANY_EVENT = "It has not declared which events it sends, so it may send any."
NO_OTHERS = "It sends these events and no others."


@dataclass(frozen=True, slots=True)
class AppPolicy:
    owner: str
    app: str
    declaration: Declaration | None


def build_policy(*, is_on: bool, terms: Terms, app: AppPolicy | None = None) -> dict[str, Any]:
    policy = {
        "summary": ON if is_on else OFF,
        "telemetry_enabled": is_on,
        "retention_days": terms.retention_days,
        "collected": [
            {
                "kind": one.kind,
                "when": one.when,
                "fields": [{"name": name, "meaning": meaning} for name, meaning in one.fields],
            }
            for one in collected()
            if is_on
        ],
        "promises": [
            {"topic": one.topic, "sentence": one.sentence(terms), "source": list(one.sources)}
            for one in PROMISES
        ],
    }
    return policy | ({"app": _app(app)} if app else {})


def _app(app: AppPolicy) -> dict[str, Any]:
    said = {"owner": app.owner, "app_name": app.app}
    declaration = app.declaration
    if declaration is None:
        return said | {"declared": False, "summary": ANY_EVENT, "events": [], "read_more": ""}
    events = [
        {
            "name": name,
            "description": event.description,
            "properties": [_property(key, of) for key, of in declaration.of(name).items()],
        }
        for name, event in declaration.events.items()
    ]
    return said | {
        "declared": True,
        "summary": NO_OTHERS,
        "events": events,
        "read_more": declaration.read_more,
    }


def _property(name: str, of: Property) -> dict[str, Any]:
    return {"name": name, "description": of.description, "values": list(of.values)}
