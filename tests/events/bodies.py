"""Summaries as clients send them."""

import datetime as dt
import uuid
from typing import Any

import orjson

Properties = dict[str, dict[str, int]]


def event(name: str = "opened", count: int = 1, /, **properties: dict[str, int]) -> dict[str, Any]:
    return {"name": name, "count": count, "properties": properties}


def summary(day: dt.date, /, *events: dict[str, Any], **values: Any) -> dict[str, Any]:
    """With a batch id of its own; `values` replace any field."""
    body = {
        "owner": "acme",
        "app_name": "editor",
        "version": "1.2.3",
        "channel": "stable",
        "platform": "linux",
        "arch": "amd64",
        "day": day.isoformat(),
        "batch_id": str(uuid.uuid4()),
        "events": list(events) or [event()],
    }
    return body | values


def encoded(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body)
