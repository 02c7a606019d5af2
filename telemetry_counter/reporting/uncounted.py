"""What was not counted, or not told apart: by day, app and cause."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.events import report as events
from telemetry_counter.pages.dimensions import By
from telemetry_counter.reporting import report as checks

Part = TypeVar("Part", bound=Hashable)

CHECKS, PAGES, EVENTS = "update checks", "page views", "events"

OVERFLOWED: dict[str, dict[str, str]] = {
    CHECKS: dict(checks.OVERFLOWED),
    PAGES: {by.value.prefix: by.value.plural for by in By if by.value.cap != 0},
    EVENTS: {prefix.value: name for prefix, name in events.OVERFLOWED.items()},
}
"""What has a cap, by the end of its counter, in each kind of hit."""


class Refused(NamedTuple):
    day: dt.date
    app: str
    reason: Reason


class Overflow(NamedTuple):
    """`what` is a dimension as the reports call it, `of` the kind of hits."""

    day: dt.date
    app: str
    of: str
    what: str


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Hits that were refused; and hits that were counted, but under (other)."""

    refused: Counter[Refused] = field(default_factory=Counter)
    overflow: Counter[Overflow] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.refused.total()

    def naming(self, apps: Collection[str], others: str) -> "Uncounted":
        """The same with all other apps under one name."""

        def name(app: str) -> str:
            return app if app in apps else others

        return Uncounted(
            self.refused_by(lambda one: one._replace(app=name(one.app))),
            self.overflow_by(lambda one: one._replace(app=name(one.app))),
        )

    def refused_by(self, part: Callable[[Refused], Part]) -> Counter[Part]:
        return _by(self.refused, part)

    def overflow_by(self, part: Callable[[Overflow], Part]) -> Counter[Part]:
        return _by(self.overflow, part)


Key = TypeVar("Key")


def _by(counted: Counter[Key], part: Callable[[Key], Part]) -> Counter[Part]:
    found: dict[Part, int] = {}
    for key, hits in counted.items():
        name = part(key)
        found[name] = found.get(name, 0) + hits
    return Counter(found)
