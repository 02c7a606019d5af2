"""How far the figures of reports are from the truth, over random questions to a made-up month.

    python benchmarks/accuracy.py [--devices 20000] [--selections 200] [--seed 7]

The truth is kept in plain sets (tests/reference); the checks are committed the way the service commits
them, into the embedded store. Prints a table in Markdown; docs/accuracy.md holds one.
"""

import argparse
import asyncio
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles
from types import MappingProxyType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from reference.exact import Reference, Row
from reference.traffic import Month, device_id, month, random_selections

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import LATEST, OUTDATED, UNKNOWN, Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.releases.release import Release, release_id
from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.store.commits import Commits
from telemetry_counter.store.connect import Client, open_client
from telemetry_counter.store.embedded import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reports import build_report
from telemetry_counter.store.scripts import Limits

STATES = {"latest": LATEST, "outdated": OUTDATED, "": UNKNOWN}
FEW = 3
"""Devices by which any figure may be off."""

Compared = tuple[str, int, int]
"""A figure's name, the truth, the report."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", type=int, default=20_000, help="a day")
    parser.add_argument("--selections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    traffic = month(arguments.seed, end=dt.datetime.now(dt.UTC).date(), devices_per_day=arguments.devices)
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory)) as store:
        compared = asyncio.run(compare(store.url, traffic, arguments.selections, arguments.seed))
    show(compared)


async def compare(url: str, traffic: Month, selections: int, seed: int) -> list[Compared]:
    client = open_client(url)
    await commit(client, traffic)
    admin = Admin("acme", 1, MappingProxyType(apps_of(traffic)))
    reference = Reference(traffic.rows, traffic.releases, traffic.now)
    compared: list[Compared] = []
    for selection, parameters in random_selections(traffic, Random(seed), selections):
        asked = parse_selection(parameters, Reach(traffic.days[-1], 30), admin.apps)
        got = await build_report(client, Keys(), admin, asked, traffic.now)
        compared += pairs(reference.report(selection), got)
    await client.aclose()
    return compared


async def commit(client: Client, traffic: Month) -> None:
    hasher = DeviceHasher(b"the secret of the benchmark")
    hashes: dict[int, bytes] = {}
    commits = Commits(client, Keys(), Limits(), UtcDay(traffic.now.timestamp))
    number = 0
    for row in traffic.rows:
        batch = Batch("acme", row.day)
        cell = cell_of(row)
        for device in row.devices:
            if device not in hashes:
                hashes[device] = hasher.hash("acme", device_id(device).encode())
            batch.add(cell, hashes[device])
        for _ in range(row.requests - len(row.devices)):
            batch.add(cell, b"")
        for part in batch.split():
            number += 1
            part.number = number
            await commits.send(part)


def cell_of(row: Row) -> Cell:
    channel, platform, arch, version, state = row.cell
    return Cell(Check("acme", row.app, version, channel, platform, arch, STATES[state], ""))


def apps_of(traffic: Month) -> dict[str, App]:
    releases: dict[str, list[Release]] = {app: [] for app in traffic.apps}
    for one in traffic.releases:
        identity = (one.app, one.version, one.channel, one.platform, one.arch)
        release = Release(
            id=release_id(*identity),
            app=one.app,
            version=one.version,
            channel=one.channel,
            platform=one.platform,
            arch=one.arch,
            published=one.published,
            withdrawn=one.withdrawn,
            required=one.required,
        )
        releases[one.app].append(release)
    return {app: App(app, traffic.now, tuple(of_app)) for app, of_app in releases.items()}


def pairs(truth: dict[str, Any], got: dict[str, Any]) -> Iterator[Compared]:
    """Every device figure of both; what must be exact is asserted."""
    assert (truth["date"], truth["date_range"]) == (got["date"], got["date_range"])
    assert truth["versions"]["known_versions"] == got["versions"]["known_versions"]
    assert truth["versions"]["used_versions_count"] == got["versions"]["used_versions_count"]
    assert truth["summary"]["total_active_apps"] == got["summary"]["total_active_apps"]
    yield from _clients("summary", truth["summary"], got["summary"])
    for of_truth, of_got in zip(truth["daily_stats"], got["daily_stats"], strict=True):
        yield from _clients("a day", of_truth, of_got)
    usage = {row["version"]: row["client_count"] for row in got["versions"]["usage"]}
    yield from _values("versions", truth["versions"]["usage"], usage)
    for name, field in (("platforms", "platform"), ("architectures", "arch"), ("channels", "channel")):
        of_truth, of_got = ({row[field]: row["client_count"] for row in one[name]} for one in (truth, got))
        yield from _values(name, of_truth, of_got)


def _clients(where: str, truth: dict[str, int], got: dict[str, int]) -> Iterator[Compared]:
    assert truth["total_requests"] == got["total_requests"]
    for field in ("unique_clients", "clients_using_latest_version", "clients_outdated"):
        yield f"{where}: {field}", truth[field], got[field]


def _values(where: str, truth: dict[str, int], got: dict[str, int]) -> Iterator[Compared]:
    assert truth.keys() == got.keys()
    for value, devices in truth.items():
        yield where, devices, got[value]


def error(truth: int, got: int) -> float:
    """Percent; nothing where it is off by a few devices."""
    return 0.0 if abs(got - truth) <= FEW else 100 * abs(got - truth) / max(truth, 1)


def show(compared: list[Compared]) -> None:
    groups: dict[str, list[tuple[int, int]]] = {}
    for name, truth, got in compared:
        groups.setdefault(name, []).append((truth, got))
    groups["all"] = [(truth, got) for _, truth, got in compared]
    print("| figure | compared | median error | 95 % | 99 % | largest | beyond 2.5 % and 3 devices |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, of_name in groups.items():
        errors = [error(truth, got) for truth, got in of_name]
        plain = [100 * abs(got - truth) / truth for truth, got in of_name if truth]
        cuts = quantiles(errors, n=100) if len(errors) > 1 else errors * 100
        beyond = sum(one > 2.5 for one in errors)
        print(
            f"| {name} | {len(errors)} | {median(plain):.2f} % | {cuts[94]:.2f} % | {cuts[98]:.2f} % "
            f"| {max(errors):.2f} % | {beyond} |"
        )


if __name__ == "__main__":
    main()
