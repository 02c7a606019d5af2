"""An update check: the query of `/checkVersion` and the beacon, and the cell it is counted in."""

from dataclasses import dataclass

from telemetry_counter.counting import names
from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import InvalidInput

LATEST, OUTDATED, UNKNOWN = "l", "o", ""
"""The state a client reports of itself; it decides only where an app has published nothing."""

PARAMETERS = frozenset(
    {"app_name", "version", "owner", "channel", "platform", "arch", "updater", "is_latest"}
)
DIMENSIONS = ("c:", "p:", "a:", "v:")
"""Channel, platform, arch and version, as their values are named in the store."""

STATES = {"": UNKNOWN, "true": LATEST, "false": OUTDATED}


@dataclass(frozen=True, slots=True)
class Check:
    """A valid update check; an empty channel, platform or arch was not stated."""

    owner: str
    app: str
    version: str
    channel: str
    platform: str
    arch: str
    state: str
    updater: str


class Cell:
    """One combination (channel, platform, arch, version, state) of one app, as the committer takes it.

    `key` is unique within the admin; `field` and `values` are its names in the store ('' for a value that
    was not stated).
    """

    __slots__ = ("app", "field", "key", "owner", "values")

    def __init__(self, check: Check) -> None:
        values = (check.channel, check.platform, check.arch, check.version)
        self.owner = check.owner
        self.app = check.app
        self.field = ",".join((*values, check.state))
        self.key = f"{check.app}:{self.field}"
        self.values = tuple(
            dimension + value if value else "" for dimension, value in zip(DIMENSIONS, values, strict=True)
        )


def parse_check(query: bytes, default_owner: str = "") -> Check:
    """Raises InvalidInput with a sentence that names the parameter."""
    return build_check(read_query(query, PARAMETERS), default_owner)


def build_check(values: dict[str, str], default_owner: str = "") -> Check:
    state = STATES.get(values.get("is_latest", ""))
    if state is None:
        raise InvalidInput("is_latest must be true or false.")
    return Check(
        owner=names.OWNER.check(values.get("owner", "") or default_owner),
        app=names.APP.check(values.get("app_name", "")),
        version=names.VERSION.check(values.get("version", "")),
        channel=names.CHANNEL.check_optional(values.get("channel", "")),
        platform=names.PLATFORM.check_optional(values.get("platform", "")),
        arch=names.ARCH.check_optional(values.get("arch", "")),
        state=state,
        updater=values.get("updater", ""),
    )
