"""Whether anyone can inflate the figures or fill the store from outside.

    python benchmarks/inflate.py [--store valkey] [--hits 1000000]

16,384 crafted ids, which a plain HyperLogLog takes for trillions of devices, are sent to the service; then
that many hits of one device with random versions, and as many with random channels.
"""

import argparse
import sys

import uvloop
from processes import rss_bytes
from rich.console import Console
from rich.table import Table
from trials.crafted_ids import crafted_ids
from trials.flood import Flood, flood, impersonate, of_channels, of_one_version, of_versions
from trials.store import REDIS, VALKEY, binary_of
from trials.world import World, world

FLOODS = (
    ("one version", of_one_version, ""),
    ("random versions", of_versions, "versions"),
    ("random channels", of_channels, "channels"),
)
COLUMNS = ("flood", "hits", "hits/s", "service us/hit", "store grew by", "service at", "(other)", "answers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--store", choices=(REDIS, VALKEY), default=VALKEY)
    parser.add_argument("--hits", type=int, default=1_000_000, help="random names of each kind")
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.hits = 2_000
    binary = binary_of(arguments.store)
    if binary is None:
        sys.exit(f"there is no server of {arguments.store} on this machine")
    uvloop.run(run(binary, arguments.hits))


async def run(binary: str, hits: int) -> None:
    console = Console(width=120)
    async with world(binary) as trial:
        await trial.open_app()
        await craft(console, trial)
        table = Table(box=None)
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in ("flood", "answers") else "right")
        await trial.open_app()
        for name, query, dimension in FLOODS:
            console.print(f"{name} ...", style="dim")
            flooded = await flood(trial, hits, query)
            other = (await trial.report())["overflow"].get(dimension, 0)
            table.add_row(name, *figures(flooded, trial), f"{other:,}", str(dict(flooded.outcomes)))
        console.print(table)


async def craft(console: Console, trial: World) -> None:
    ids = crafted_ids()
    plain = "plain"
    await trial.client.pfadd(plain, *ids)
    console.print(f"{len(ids):,} crafted ids in a plain HyperLogLog: {await trial.client.pfcount(plain):,}")
    await trial.client.delete(plain)
    await impersonate(trial, ids)
    summary = (await trial.report())["summary"]
    console.print(f"the same through the service: {summary['unique_clients']:,} devices")


def figures(flooded: Flood, trial: World) -> list[str]:
    return [
        f"{flooded.outcomes.total():,}",
        f"{flooded.hits_a_second:,.0f}",
        f"{flooded.cpu_us:.0f}",
        f"{flooded.store_bytes / 1e6:.2f} MB",
        f"{rss_bytes(trial.service.pid) / 1e6:.0f} MB",
    ]


if __name__ == "__main__":
    main()
