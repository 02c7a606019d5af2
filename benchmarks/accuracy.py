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
from pathlib import Path
from random import Random
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from reference.exact import Reference
from reference.traffic import Month, month, random_selections
from reporting.test_against_reference import admin_of, commit, devices, exact_part

from telemetry_counter.reporting.selection import Reach, parse_selection
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.reports import build_report

FEW, MUCH = 3, 2.5
"""Devices by which any figure may be off, and per cent."""

Compared = tuple[str, int, int]
"""A figure's name, the truth, the report."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", type=int, default=20_000, help="a day")
    parser.add_argument("--selections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.devices, arguments.selections = 300, 10
    traffic = month(arguments.seed, end=dt.datetime.now(dt.UTC).date(), devices_per_day=arguments.devices)
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory)) as store:
        compared = asyncio.run(compare(store.url, traffic, arguments.selections, arguments.seed))
    show(compared)


async def compare(url: str, traffic: Month, selections: int, seed: int) -> list[Compared]:
    client, keys = open_client(url), Keys()
    await commit(client, keys, traffic)
    admin = admin_of(traffic)
    reference = Reference(traffic.rows, traffic.releases, traffic.now)
    compared: list[Compared] = []
    for selection, parameters in random_selections(traffic, Random(seed), selections):
        asked = parse_selection(parameters, Reach(traffic.days[-1], 30), admin.apps)
        report = await build_report(client, keys, admin, asked, traffic.now)
        truth = reference.report(selection)
        assert exact_part(report) == exact_part(truth)
        got = devices(report)
        compared += [(group_of(name), count, got[name]) for name, count in devices(truth).items()]
    await client.aclose()
    return compared


def group_of(figure: str) -> str:
    """'2025-06-16 unique_clients' belongs to the days, 'version 1.2' to the versions."""
    first, _, rest = figure.partition(" ")
    if first[0].isdigit():
        return f"a day's {rest}"
    return rest if first == "all" else f"on a {first}"


def error(truth: int, got: int) -> float:
    """Per cent."""
    return 100 * abs(got - truth) / max(truth, 1)


def show(compared: list[Compared]) -> None:
    groups: dict[str, list[tuple[int, int]]] = {"all": []}
    for name, truth, got in compared:
        groups.setdefault(name, []).append((truth, got))
        groups["all"].append((truth, got))
    print(f"| devices | compared | median error | 95 % | 99 % | beyond {MUCH} % and {FEW} | by at most |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, of_name in sorted(groups.items()):
        errors = [error(truth, got) for truth, got in of_name]
        beyond = [error(*one) for one in of_name if error(*one) > MUCH and abs(one[1] - one[0]) > FEW]
        *_, most, nearly_all = quantiles(errors, n=100)[94::4]
        largest = f"{max(beyond):.1f} %" if beyond else ""
        print(
            f"| {name} | {len(errors):,} | {median(errors):.2f} % | {most:.2f} % | {nearly_all:.2f} % "
            f"| {len(beyond) or '-'} | {largest} |"
        )


if __name__ == "__main__":
    main()
