"""What a hit costs with more processes and more primaries, and what grows with apps, admins, cells and days.

    python benchmarks/scale.py [--seconds 8] [--only hits apps admins cells days]

Costs are processor time, of the service and of the store, so they hold also where a machine is shared; the
hits a second do not, with the load generator (Debian's wrk) on the same cores.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from growth import Bench, bench, by_admins, by_apps, by_cells, by_days
from processes import HERE, PROGRAM, cpu_seconds, family, free_port, running
from rich.console import Console
from rich.table import Table
from trials.servers import cluster, node_of, opened

from telemetry_counter.store.connect import open_client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

Grown = Callable[[Bench, int], Awaitable[dict[str, str]]]

GROWTH: dict[str, tuple[Grown, Sequence[int]]] = {
    "apps": (by_apps, (1, 10, 100, 1_000, 10_000)),
    "admins": (by_admins, (1, 10, 100, 1_000, 10_000)),
    "cells": (by_cells, (1, 10, 100, 768, 2_000)),
    "days": (by_days, (1, 8, 31)),
}
PARTS = ("hits", *GROWTH)
PROCESSES = (1, 2, 4)
STORES = ((1, 1), (1, 12), (3, 12))
"""Primaries, and admins that are asked for in turn; in a cluster each admin is on one primary."""

CONNECTIONS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    console, is_short = Console(width=200), arguments.self_check
    if "hits" in arguments.only:
        if not shutil.which("wrk") or not shutil.which("redis-server"):
            sys.exit("wrk and redis-server are needed: apt-get install wrk redis-server")
        processes = PROCESSES[1:2] if is_short else PROCESSES
        console.print(
            hits(STORES[::2] if is_short else STORES, processes, 1 if is_short else arguments.seconds)
        )
    for name in GROWTH:
        if name in arguments.only:
            work, sizes = GROWTH[name]
            console.print(growth(name, work, sizes[:2] if is_short else sizes, 0.02 if is_short else 1.0))


def growth(name: str, work: Grown, sizes: Sequence[int], times: float) -> Table:
    columns = asyncio.run(grow(work, sizes, times))
    table = Table(title=f"By {name}: processor time of the service + of the store", box=None)
    table.add_column("")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    for row in columns[0]:
        table.add_row(row, *(column[row] for column in columns))
    return table


async def grow(work: Grown, sizes: Sequence[int], times: float) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as directory, bench(Path(directory), times) as a_bench:
        return [await work(a_bench(), size) for size in sizes]


def hits(stores: Sequence[tuple[int, int]], processes: Sequence[int], seconds: int) -> Table:
    table = Table(title=f"A beacon, {CONNECTIONS} connections: processor time", box=None)
    for column in (
        "primaries",
        "admins",
        "processes",
        "hits/s",
        "service us/hit",
        "store us/hit",
        "busiest primary",
    ):
        table.add_column(column, justify="right")
    for primaries, admins in stores:
        with store(primaries) as (url, pids):
            for number in processes:
                measured = measure(url, pids, number, admins, seconds)
                table.add_row(str(primaries), str(admins), str(number), *measured)
    return table


@contextmanager
def store(primaries: int) -> Iterator[tuple[str, list[int]]]:
    """The URL of a Redis, or of a cluster of three, and its processes."""
    binary = shutil.which("redis-server") or "redis-server"
    with tempfile.TemporaryDirectory() as directory:
        if primaries > 1:
            with cluster(binary, Path(directory), replicas=0) as group:
                yield group.url, [node.process.pid for node in group.nodes if node.process]
            return
        with opened([node_of(binary, Path(directory), free_port())]) as (node,):
            yield f"redis://127.0.0.1:{node.port}", [node.process.pid] if node.process else []


def measure(url: str, store_pids: list[int], processes: int, admins: int, seconds: int) -> list[str]:
    port = free_port()
    environ = {"ENABLE_TELEMETRY": "true", "REDIS_URL": url, "PORT": str(port), "LOG_LEVEL": "error"}
    environ["KEY_PREFIX"] = f"p{processes}:"
    command = (*PROGRAM, "serve", "--workers", str(processes))
    asyncio.run(register(url, Keys(environ["KEY_PREFIX"]), admins))
    with running(command, f"http://127.0.0.1:{port}/ready", environ) as process:
        time.sleep(1)
        service = family(process.pid)
        load(port, admins, 1)
        before = sum(map(cpu_seconds, service)), [cpu_seconds(pid) for pid in store_pids]
        sent, a_second = load(port, admins, seconds)
        after = sum(map(cpu_seconds, service)), [cpu_seconds(pid) for pid in store_pids]
    of_stores = [late - early for early, late in zip(before[1], after[1], strict=True)]
    spent = [after[0] - before[0], sum(of_stores), max(of_stores)]
    return [f"{a_second:,.0f}", *(f"{one / sent * 1e6:.1f}" for one in spent)]


async def register(url: str, keys: Keys, admins: int) -> None:
    client = open_client(url)
    registry = Registry(client, keys)
    for number in range(1, admins + 1):
        await registry.create_admin(f"acme{number}")
        await registry.create_app(f"acme{number}", "editor")
    await client.aclose()


def load(port: int, admins: int, seconds: int) -> tuple[int, float]:
    """Hits, and hits a second."""
    command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "beacons.lua"))
    done = subprocess.run(
        (*command, f"http://127.0.0.1:{port}"),
        env={"OWNERS": str(admins), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sent, a_second = re.search(r"(\d+) requests in", done), re.search(r"Requests/sec:\s+([\d.]+)", done)
    if sent is None or a_second is None or "Non-2xx" in done:
        raise RuntimeError(f"wrk says:\n{done}")
    return int(sent[1]), float(a_second[1])


if __name__ == "__main__":
    main()
