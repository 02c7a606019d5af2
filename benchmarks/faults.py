"""Whether "counted" means committed, whatever happens: each fault in the middle of load, on real processes.

    python benchmarks/faults.py [--store redis valkey] [--rate 1500] [--only SIGTERM frozen] [--short]

Hits are numbered, each of a device of its own, and every answer is kept. After the dust has settled:
counted <= total <= counted + pending + unanswered, and every counted device is in the sketch. Meanwhile
every update check gets its full answer within 300 ms and what an empty answer takes.
"""

import argparse
import asyncio
import sys
from contextlib import AbstractAsyncContextManager

from rich.console import Console
from rich.table import Table
from trials.failovers import FAILOVERS, failover_world
from trials.faults import EMBEDDED, FAULTS, Fault, Verdict, put_to_trial
from trials.store import REDIS, VALKEY, binary_of
from trials.world import World, world

COLUMNS = ("counted", "pending", "dropped", "unanswered", "total", "checks", "slowest ms", "floor ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--store", nargs="+", choices=(REDIS, VALKEY), default=[REDIS, VALKEY])
    parser.add_argument("--rate", type=float, default=1500, help="hits a second")
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the faults' names")
    parser.add_argument("--short", action="store_true", help="faults of a few seconds, as in the tests")
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.short, arguments.only, arguments.rate = True, ["NOSCRIPT"], 300
        arguments.store = [REDIS]
    chosen = [fault for fault in (*FAULTS, *FAILOVERS) if any(part in fault.name for part in arguments.only)]
    sys.exit(asyncio.run(run_all(chosen, arguments.store, arguments.rate, arguments.short)))


async def run_all(faults: list[Fault], stores: list[str], rate: float, is_short: bool) -> int:
    """Returns the exit status: 1 if anything did not hold."""
    table = Table(box=None)
    for column in ("fault", "store", *COLUMNS, "verdict"):
        table.add_column(column, justify="right" if column in COLUMNS else "left")
    console = Console(width=160)
    wrong = 0
    for fault in faults:
        for store in [EMBEDDED] if fault.store == EMBEDDED else stores:
            name = f"{fault.store} of {store}" if fault in FAILOVERS else store
            console.print(f"{fault.name} ({name}) ...", style="dim")
            verdict = await run_one(fault, store, rate, is_short)
            wrong += bool(verdict.violations)
            table.add_row(fault.name, name, *figures(verdict), "; ".join(verdict.violations) or "holds")
    console.print(table)
    return 1 if wrong else 0


async def run_one(fault: Fault, store: str, rate: float, is_short: bool) -> Verdict:
    binary = None if fault.store == EMBEDDED else binary_of(store)
    if fault.store != EMBEDDED and binary is None:
        sys.exit(f"there is no server of {store} on this machine")
    async with _world(fault, binary) as trial:
        seconds, around = (fault.short, 1.0) if is_short else (fault.seconds, 3.0)
        return await put_to_trial(fault, trial, seconds, before=around, after=around, rate=rate)


def _world(fault: Fault, binary: str | None) -> AbstractAsyncContextManager[World]:
    if binary and fault in FAILOVERS:
        return failover_world(fault, binary)
    return world(binary, workers=fault.workers, **fault.environ)


def figures(verdict: Verdict) -> list[str]:
    one = verdict.reckoning
    hits = (one.counted, one.pending, one.dropped, one.unanswered, one.total, verdict.checks)
    return [*(f"{number:,}" for number in hits), f"{verdict.slowest_ms:.0f}", f"{verdict.floor_ms:.0f}"]


if __name__ == "__main__":
    main()
