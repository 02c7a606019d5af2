"""A soak before and after: how long, and what came of it."""

from dataclasses import dataclass, field, replace

from .reckoning import Reckoning
from .traffic import Times


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds, but for `growth_megabytes`: by how much a process may grow after its warm-up."""

    seconds: float
    warm_up: float
    outage: float
    growth_megabytes: float

    def lasting(self, seconds: float) -> "Plan":
        return replace(self, seconds=seconds, warm_up=min(self.warm_up, seconds / 5))


@dataclass(slots=True)
class Soak:
    """What came of it. `events`: what was done, and after how many seconds."""

    reckonings: dict[str, Reckoning] = field(default_factory=dict)
    times: dict[str, Times] = field(default_factory=dict)
    memory: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    events: list[tuple[str, float]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
