"""What an update check is answered, in the form of each updater."""

import datetime as dt

from telemetry_counter.counting import names
from telemetry_counter.openapi.operation import Schema
from telemetry_counter.openapi.shapes import Strict

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}

NotFound: Schema = {
    "title": "NotFound",
    "description": "Nothing is published for this channel, platform and arch.",
    "type": "object",
    "properties": {"update_available": {"const": False}, "error": {"const": "Not found"}},
    "required": ["update_available", "error"],
    "additionalProperties": False,
}
Update: Schema = {
    "title": "Update",
    "description": "`update_url`, and `update_url_<package>` for each package.",
    "type": "object",
    "properties": {
        "update_available": FLAG,
        "critical": FLAG,
        "update_url": TEXT,
        "changelog": TEXT,
        "is_intermediate_required": {"const": True},
        "possible_rollback": FLAG,
        "rollout": {
            "type": "object",
            "properties": {"percent": {"type": "integer", "minimum": 0, "maximum": 100}, "seed": TEXT},
            "required": ["percent", "seed"],
            "additionalProperties": False,
        },
    },
    "patternProperties": {f"^update_url_(?:{names.PACKAGE.pattern.pattern})$": TEXT},
    "required": ["update_available", "critical"],
    "additionalProperties": False,
}


class SquirrelUpdate(Strict):
    """For Squirrel.Mac, which needs `url` alone."""

    url: str
    name: str
    notes: str
    pub_date: dt.datetime


class TauriUpdate(Strict):
    version: str
    url: str
    signature: str
    notes: str
    pub_date: dt.datetime
