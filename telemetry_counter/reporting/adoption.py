"""How fast an app's releases reach its devices."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from telemetry_counter.counting import names
from telemetry_counter.errors import NotFound
from telemetry_counter.releases.offers import DEFAULT_CHANNEL, Request
from telemetry_counter.reporting.selection import Filters, Grants, Reach, dates, parse_days

PLACES = {
    "channel": (names.CHANNEL, "channels"),
    "platform": (names.PLATFORM, "platforms"),
    "arch": (names.ARCH, "architectures"),
}
PARAMETERS = frozenset({"app", *PLACES, "date", "range", "from", "to"})
THRESHOLDS = (50, 80, 95)
TAIL_DAYS = 7
"""Days over which the stale tail is counted: not everyone starts a program every day."""


@dataclass(frozen=True, slots=True)
class Question:
    """One app's releases for a channel, and a platform and arch unless they are ''."""

    app: str
    channel: str
    platform: str
    arch: str
    days: tuple[dt.date, ...]

    @property
    def place(self) -> Request:
        return Request(self.channel, self.platform, self.arch)

    @property
    def filters(self) -> Filters:
        # Who states no channel is offered what is for the default one, and counts there.
        unstated = ("",) if self.channel == DEFAULT_CHANNEL else ()
        places = ((value,) if value else () for value in (self.platform, self.arch))
        return Filters((self.channel, *unstated), *places)

    @property
    def tail(self) -> tuple[dt.date, ...]:
        return self.days[-TAIL_DAYS:]


def parse(
    parameters: Mapping[str, str], reach: Reach, apps: Collection[str], grants: Grants | None = None
) -> Question:
    """All days that are kept and the default channel, unless some are named.

    Raises InvalidInput, Forbidden or NotFound.
    """
    app = replace(names.APP, parameter="app").check(parameters.get("app", ""))
    values = {name: kind.check_optional(parameters.get(name, "")) for name, (kind, _) in PLACES.items()}
    values["channel"] = values["channel"] or DEFAULT_CHANNEL
    if grants is not None:
        grants.check("apps", [app])
        for name, (_, granted) in PLACES.items():
            grants.check(granted, filter(None, [values[name]]))
    if app not in apps:
        raise NotFound(f"There is no app {app}.")
    return Question(app, **values, days=parse_days(parameters, reach) or dates(reach.first, reach.today))
