"""Reports of made-up months against the same figures from plain sets."""

from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from reference.exact import Reference, Row
from reference.traffic import Month, device_id, month, random_selections

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import LATEST, OUTDATED, UNKNOWN, Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.releases.release import Release, release_id
from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.reports import build_report

from .ledger import RETENTION_DAYS, TODAY

STATES = {"latest": LATEST, "outdated": OUTDATED, "": UNKNOWN}
LISTS = (("platforms", "platform"), ("architectures", "arch"), ("channels", "channel"))
CLIENTS = ("unique_clients", "clients_using_latest_version", "clients_outdated")


async def commit(client: Client, keys: Keys, traffic: Month) -> None:
    hasher = DeviceHasher(b"a secret of the tests")
    limits = Limits(retention_days=RETENTION_DAYS)
    commits = Commits(client, keys, limits, UtcDay(traffic.now.timestamp))
    batches = {day: Batch("acme", day) for day in traffic.days}
    for row in traffic.rows:
        devices = [hasher.hash("acme", device_id(number).encode()) for number in row.devices]
        for device in [*devices, *[b""] * (row.requests - len(devices))]:
            batches[row.day].add(cell_of(row), device)
    parts = [part for batch in batches.values() for part in batch.split()]
    for number, part in enumerate(parts, start=1):
        part.number = number
        assert await commits.send(part) == []


def cell_of(row: Row) -> Cell:
    channel, platform, arch, version, state = row.cell
    return Cell(Check("acme", row.app, version, channel, platform, arch, STATES[state], ""))


def admin_of(traffic: Month) -> Admin:
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
    apps = {app: App(app, traffic.now, tuple(of_app)) for app, of_app in releases.items()}
    return Admin("acme", 1, MappingProxyType(apps))


def exact_part(report: dict[str, Any]) -> dict[str, Any]:
    """All that is no estimate."""
    return {
        "dates": (report["date"], report["date_range"]),
        "requests": [row["total_requests"] for row in (report["summary"], *report["daily_stats"])],
        "apps": report["summary"]["total_active_apps"],
        "known": report["versions"]["known_versions"],
        "used": report["versions"]["used_versions_count"],
        "values": {name: {row[field] for row in report[name]} for name, field in LISTS},
    }


def devices(report: dict[str, Any]) -> dict[str, int]:
    """Every figure that is an estimate."""
    usage = report["versions"]["usage"]
    if isinstance(usage, list):
        usage = {row["version"]: row["client_count"] for row in usage}
    found = {f"version {version}": count for version, count in usage.items()}
    for name, field in LISTS:
        found |= {f"{field} {row[field]}": row["client_count"] for row in report[name]}
    for row in (report["summary"], *report["daily_stats"]):
        found |= {f"{row.get('date', 'all')} {name}": row[name] for name in CLIENTS}
    return found


async def test_every_figure(client: Client, keys: Keys, store_url: str) -> None:
    """Exact on the fake store, whose sketches are sets; else within what a sketch may be off."""
    traffic = month(3, end=TODAY, devices_per_day=1_000 if store_url else 60)
    await commit(client, keys, traffic)
    admin = admin_of(traffic)
    reference = Reference(traffic.rows, traffic.releases, traffic.now)
    for selection, parameters in random_selections(traffic, Random(5), 40):
        asked = parse_selection(parameters, Reach(TODAY, 30), admin.apps)
        report = await build_report(client, keys, admin, asked, traffic.now)
        truth = reference.report(selection)
        assert exact_part(report) == exact_part(truth)
        if not store_url:
            assert devices(report) == devices(truth)
            continue
        got = devices(report)
        for name, count in devices(truth).items():
            assert got[name] == pytest.approx(count, rel=0.04, abs=4), (parameters, name)
