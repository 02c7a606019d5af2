"""What one worker has seen, in plain numbers: routes add to them, and only a scrape makes metrics of them."""

from collections import defaultdict

import msgspec

from telemetry_counter.metrics.histogram import Histogram, over

HIT_ROUTES = (
    "/checkVersion",
    "/telemetry/beacon",
    "/api/telemetry/pixel",
    "/api/telemetry/hit",
    "/telemetry/{owner}/{app}.gif",
    "/telemetry/{owner}/{app}/badge.svg",
    "/telemetry/events",
)
REPORT_ROUTES = ("/telemetry", "/telemetry/adoption", "/telemetry/events", "/telemetry/web")
DASHBOARD_ROUTES = (
    "/dashboard",
    "/dashboard/apps/{app}",
    "/dashboard/sites/{app}",
    "/dashboard/events/{app}",
    "/dashboard/refusals",
)
"""Routes as the table of routes spells them: what a client asks for never becomes a label."""

COMMIT_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
COMMIT_HITS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0)
REPORT_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

Outcomes = dict[bytes, int]
"""Hits by what `X-Telemetry` said of them, a word of counting/outcomes.py."""


class Commits(msgspec.Struct):
    seconds: Histogram = msgspec.field(default_factory=lambda: over(COMMIT_SECONDS))
    hits: Histogram = msgspec.field(default_factory=lambda: over(COMMIT_HITS))
    failures: int = 0

    def committed(self, hits: int, seconds: float) -> None:
        """A batch is in the store; `seconds` since it was first sent."""
        self.seconds.observe(seconds)
        self.hits.observe(hits)


class Tallies(msgspec.Struct):
    """Only ever grow."""

    hits: dict[str, Outcomes] = msgspec.field(
        default_factory=lambda: {route: defaultdict(int) for route in HIT_ROUTES}
    )
    commits: Commits = msgspec.field(default_factory=Commits)
    reports: dict[str, Histogram] = msgspec.field(
        default_factory=lambda: {route: over(REPORT_SECONDS) for route in (*REPORT_ROUTES, *DASHBOARD_ROUTES)}
    )

    def add(self, other: "Tallies") -> None:
        for route, outcomes in other.hits.items():
            for outcome, hits in outcomes.items():
                self.hits[route][outcome] += hits
        self.commits.seconds.add(other.commits.seconds)
        self.commits.hits.add(other.commits.hits)
        self.commits.failures += other.commits.failures
        for route, histogram in other.reports.items():
            self.reports[route].add(histogram)


class Gauges(msgspec.Struct, frozen=True):
    """How a worker is at a moment."""

    started: float
    store_is_up: bool
    buffer_bytes: int
    buffer_hits: int
    buffer_limit_bytes: int
    memory_bytes: int
    cpu_seconds: float


class Record(msgspec.Struct, frozen=True):
    """All that one worker tells the others."""

    tallies: Tallies
    gauges: Gauges
