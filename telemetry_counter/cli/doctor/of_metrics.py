"""What the service's metrics say: of its buffers, and of hits that nobody would see otherwise."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.counting.outcomes import Reason

HALF_FULL = 0.5


def of_metrics(text: str) -> Iterator[Finding]:
    """Nothing where they are somebody else's. Raises ValueError for what are none."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    values = {sample.name: sample.value for sample in samples if not sample.labels}
    if "telemetry_store_up" not in values:
        return
    share = values["telemetry_buffer_bytes"] / values["telemetry_buffer_limit_bytes"]
    number = int(values["telemetry_workers"])
    workers = f"{number} workers" if number > 1 else "worker"
    if not values["telemetry_store_up"]:
        yield bad(f"its {workers} cannot count", "look at its log")
    hits = f"{values['telemetry_buffer_hits']:,.0f} hits"
    what = f"its {workers}: {hits} wait for the store, in {share:.0%} of the buffer"
    yield good(what) if share < HALF_FULL else bad(what, "the store does not keep up: see the lines on it")
    yield from of_strangers(samples)


def of_strangers(samples: list[Sample]) -> Iterator[Finding]:
    """Hits for no app: they are in no report, as nothing of them is kept."""
    routes: Counter[str] = Counter()
    for sample in samples:
        labels = sample.labels
        if sample.name == "telemetry_refusals_total" and labels.get("reason") == Reason.UNKNOWN_APP:
            routes[labels.get("route", "")] += int(sample.value)
    if routes.total():
        by = ", ".join(f"{number:,} at {route}" for route, number in routes.most_common() if number)
        yield note(
            f"since its start it dropped hits for apps or admins that do not exist: {by}",
            "compare the owner, app_name or site that they send with telemetry-counter app list OWNER; "
            "telemetry-counter app create OWNER/APP makes one",
        )
