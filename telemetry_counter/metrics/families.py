"""The metrics as Prometheus reads them: sums over all workers, and what each worker costs."""

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from telemetry_counter import __version__
from telemetry_counter.metrics.histogram import Histogram
from telemetry_counter.metrics.tallies import Gauges, Tallies

OUTCOMES = ("counted", "pending", "dropped")
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Workers(Collector):
    """`living` by their number, at least the one that is asked; `now` in Unix seconds."""

    tallies: Tallies
    living: Mapping[int, Gauges]
    now: float

    def collect(self) -> Iterator[Metric]:
        yield from self._hits()
        yield from self._times()
        yield from self._state()
        yield from self._processes()

    def _hits(self) -> Iterator[Metric]:
        hits: Counter[Labels] = Counter()
        refusals: Counter[Labels] = Counter()
        for route, outcomes in self.tallies.hits.items():
            hits.update({(route, outcome): 0 for outcome in OUTCOMES})
            for said, number in outcomes.items():
                outcome, _, reason = said.decode().partition("; reason=")
                hits[route, outcome] += number
                if reason:
                    refusals[route, reason] += number
        yield counter("telemetry_hits", "Hits, by what became of them.", hits, ("route", "outcome"))
        text = "Hits, or the devices, visitors and events of hits, that were not counted, by the reason."
        yield counter("telemetry_refusals", text, refusals, ("route", "reason"))

    def _times(self) -> Iterator[Metric]:
        commits = self.tallies.commits
        text = "From the first sending of a batch until the store had it."
        yield histogram("telemetry_commit_seconds", text, {(): commits.seconds})
        yield histogram("telemetry_commit_hits", "Hits of a batch.", {(): commits.hits})
        text = "Attempts to commit that the store did not take; each is made again."
        yield counter("telemetry_commit_failures", text, {(): commits.failures})
        text = "From the request of a report to the end of its answer."
        reports: dict[Labels, Histogram] = {(route,): one for route, one in self.tallies.reports.items()}
        yield histogram("telemetry_report_seconds", text, reports, ("route",))

    def _state(self) -> Iterator[Metric]:
        living = self.living.values()
        is_up = min(one.store_is_up for one in living)
        yield gauge("telemetry_store_up", "1 if every worker can count, else 0.", is_up)
        text = "Memory of the hits that wait for the store."
        yield gauge("telemetry_buffer_bytes", text, sum(one.buffer_bytes for one in living))
        text = "Hits that wait for the store."
        yield gauge("telemetry_buffer_hits", text, sum(one.buffer_hits for one in living))
        text = "What may wait before hits are dropped, in all workers together."
        yield gauge("telemetry_buffer_limit_bytes", text, sum(one.buffer_limit_bytes for one in living))
        yield gauge("telemetry_workers", "Workers that run.", len(living))
        started = min(one.started for one in living)
        yield gauge("telemetry_uptime_seconds", "Since the service was started.", self.now - started)
        build = GaugeMetricFamily("telemetry_build_info", "Always 1.", labels=("version", "python"))
        build.add_metric((__version__, platform.python_version()), 1)
        yield build

    def _processes(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily("process_resident_memory_bytes", "Memory of a worker.", labels=("worker",))
        for number, one in self.living.items():
            memory.add_metric((str(number),), one.memory_bytes)
        yield memory
        seconds: dict[Labels, float] = {
            (str(number),): one.cpu_seconds for number, one in self.living.items()
        }
        yield counter("process_cpu_seconds", "Processor time of a worker.", seconds, ("worker",))


def exposition(workers: Workers) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(workers)
    return generate_latest(registry)


def counter(name: str, text: str, values: Mapping[Labels, float], labels: Labels = ()) -> Metric:
    """Prometheus shows it as `name` and `_total`."""
    family = CounterMetricFamily(name, text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def histogram(name: str, text: str, values: Mapping[Labels, Histogram], labels: Labels = ()) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for of, one in values.items():
        family.add_metric(of, list(one.buckets()), one.total)
    return family
