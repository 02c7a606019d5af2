"""Update checks: the question, and what the answer means for this installation."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from telemetry_counter.client import shapes
from telemetry_counter.client.program import Program


class UpdateCheck(NamedTuple):
    """What the service said. Every field but `outcome` keeps its default where nothing came back."""

    outcome: Literal["answered", "off", "failed"]
    detail: str = ""
    """Why there is no answer, or the service's own words."""
    available: bool = False
    """There is an update, and it is meant for this installation."""
    version: str = ""
    """What is offered, or the latest where nothing is."""
    urls: Mapping[str, str] = MappingProxyType({})
    """Package ("deb", "dmg" ...) -> address; the package is empty where the service names none."""
    critical: bool = False
    changelog: str = ""
    held_back: bool = False
    """There is an update, but its roll-out has not come to this installation."""
    rollout_percent: float | None = None
    intermediate_required: bool = False
    possible_rollback: bool = False

    @property
    def url(self) -> str:
        """The address of the update where there is only one to choose from."""
        addresses = list(self.urls.values())
        return addresses[0] if len(addresses) == 1 else self.urls.get("", "")


def check_url(program: Program) -> str:
    return program.url(f"/checkVersion?{_encoded(_parameters(program))}")


def beacon_url(program: Program, is_latest: bool | None) -> str:
    parameters = _parameters(program)
    if is_latest is not None:
        parameters["is_latest"] = str(is_latest).lower()
    return program.url(f"/telemetry/beacon?{_encoded(parameters)}")


def parse_check(status: int, body: bytes, device: str, version: str = "") -> UpdateCheck:
    """Never raises: what cannot be understood is a failed check that says so. `version`: the header's."""
    import json

    try:
        fields = shapes.mapping(json.loads(body))
    except (ValueError, RecursionError):
        return UpdateCheck("failed", f"the service answered {status} and nothing that can be read")
    detail = _text(fields, "error")
    if status != 200:
        return UpdateCheck("failed", detail or f"the service answered {status}")
    return _answered(fields, detail, device, version)


def in_rollout(device: str, percent: float, seed: str) -> bool:
    """Whether the device is among the first `percent`: the same buckets as in other clients."""
    import hashlib

    digest = hashlib.sha256(f"{device}:{seed}".encode()).digest()
    return bool(device) and int.from_bytes(digest[:8], "big") % 100 < percent


def _answered(fields: Mapping[str, object], detail: str, device: str, version: str) -> UpdateCheck:
    offered = fields.get("update_available") is True
    percent, meant = _rollout(fields.get("rollout"), device)
    return UpdateCheck(
        "answered",
        detail,
        available=offered and meant,
        version=version or _text(fields, "version"),
        urls=_urls(fields),
        critical=fields.get("critical") is True,
        changelog=_text(fields, "changelog"),
        held_back=offered and not meant,
        rollout_percent=percent,
        intermediate_required=fields.get("is_intermediate_required") is True,
        possible_rollback=fields.get("possible_rollback") is True,
    )


def _rollout(rollout: object, device: str) -> tuple[float | None, bool]:
    """Percent, and whether this device is meant; a roll-out that cannot be read is meant for nobody."""
    if rollout is None:
        return None, True
    fields = rollout if isinstance(rollout, dict) else {}
    percent = fields.get("percent")
    if not isinstance(percent, (int, float)):
        return None, False
    return percent, in_rollout(device, percent, str(fields.get("seed", "")))


def _urls(fields: Mapping[str, object]) -> dict[str, str]:
    keys = [key for key in fields if key == "update_url" or key.startswith("update_url_")]
    return {key.removeprefix("update_url").lstrip("_"): url for key in keys if (url := _text(fields, key))}


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _parameters(program: Program) -> dict[str, str]:
    """Sorted and without empty values, so that equal questions are equal bytes to the service."""
    return {name: value for name, value in sorted(program.build._asdict().items()) if value}


def _encoded(parameters: Mapping[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(parameters)
