"""All kinds of traffic together, for long, with a release, a store restart and a worker's death on the way.

    python benchmarks/soak.py [--minutes 20] [--rate 1.0] [--store redis] [--workers 2]

Each kind of hit has an app of its own and a ledger: what was answered as counted is in the store, and nothing
is there twice. Update checks are answered in full and in time throughout, the release reaches all of them,
memory stays flat, and `/metrics` follows the store. Prints the figures, ends with 1 if a rule does not hold.
"""

import argparse
import asyncio
import sys

from rich.console import Console
from rich.table import Table
from trials.plan import Plan, Soak
from trials.soaking import soak
from trials.store import REDIS, VALKEY, binary_of

LONG = Plan(seconds=1200, warm_up=60, outage=5, growth_megabytes=5)
SHORT = Plan(seconds=9, warm_up=2, outage=1, growth_megabytes=25)
"""Too short for memory to have come to rest: only a leak that runs is seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual 510 requests a second")
    parser.add_argument("--store", choices=(REDIS, VALKEY), default=REDIS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    plan = SHORT if arguments.self_check else LONG.lasting(60 * arguments.minutes)
    binary = binary_of(arguments.store)
    if binary is None:
        sys.exit(f"there is no server of {arguments.store} on this machine")
    done = asyncio.run(soak(plan, binary, workers=arguments.workers, rate=arguments.rate))
    show(done)
    sys.exit(1 if done.violations else 0)


def show(done: Soak) -> None:
    console = Console(width=120)
    console.print(hits_table(done), answers_table(done), memory_table(done), sep="\n\n")
    for event, seconds in done.events:
        console.print(f"at {seconds:.0f} s: {event}", style="dim")
    for sentence in done.violations:
        console.print(f"BROKEN: {sentence}", style="bold red")
    console.print("every rule holds" if not done.violations else f"{len(done.violations)} rules are broken")


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, box=None, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    return made


def hits_table(done: Soak) -> Table:
    made = table("hits", "kind", "counted", "pending", "dropped", "unanswered", "in the store")
    for name, one in done.reckonings.items():
        hits = (one.counted, one.pending, one.dropped, one.unanswered, one.total)
        made.add_row(name, *(f"{number:,}" for number in hits))
    return made


def answers_table(done: Soak) -> Table:
    made = table("answers, milliseconds", "kind", "answers", "50 %", "99 %", "slowest")
    for name, times in done.times.items():
        made.add_row(name, f"{len(times.taken):,}", *(f"{times.at(share):.1f}" for share in (0.5, 0.99, 1.0)))
    return made


def memory_table(done: Soak) -> Table:
    made = table("memory, MB", "process", "warm", "at the end", "most")
    for name, sizes in done.memory.items():
        made.add_row(name, *(f"{size:.1f}" for size in sizes))
    return made


if __name__ == "__main__":
    main()
