"""The faults, each in the middle of load, and what must hold through it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from time import monotonic

from . import strikes
from .ledger import VERSIONS, Ledger
from .probe import Probe
from .reckoning import Loss, Reckoning, reckon
from .service import is_mistake, is_unkept
from .strikes import Strike
from .world import CHECK, World

BUDGET_SECONDS = 0.3
"""No update check may take longer than this and what the machine takes for an empty answer."""

MOST_LINES = 10
"""The log of a fault: a line when it begins and ends, and one a minute of each kind, from each worker."""

LATE_SECONDS = 3.0

OWN, EMBEDDED = "own", "embedded"


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds` is how long it lasts in the long form; `short` in the tests."""

    name: str
    strike: Strike
    seconds: float
    short: float
    store: str = OWN
    workers: int = 1
    loss: Loss = Loss.NOTHING
    is_down: bool = False
    """No process answers for a while, so update checks cannot."""
    ends: bool = False
    """The service does not come back."""
    is_unready: bool = False
    """`/ready` says 503 meanwhile."""
    is_flood: bool = False
    """Every hit is of a version of its own, and some are dropped."""
    environ: dict[str, str] = field(default_factory=dict)


SMALL_BUFFER = {"BUFFER_MB": "1"}
FAULTS = (
    Fault("kill -9 of a worker of two", strikes.kill_worker, 5, 2, EMBEDDED, 2, Loss.PENDING),
    Fault("kill -9 of the service", strikes.kill_service, 5, 1, EMBEDDED, 2, Loss.PENDING, is_down=True),
    Fault("kill -9 of the embedded store", strikes.kill_embedded_store, 5, 1, EMBEDDED),
    Fault("kill -9 of the store, back later", strikes.kill_store, 5, 1.5, is_unready=True),
    Fault("store frozen", strikes.freeze_store, 20, 3, is_unready=True),
    Fault("replies lost", strikes.swallow_replies, 10, 1.5, is_unready=True),
    Fault("replies lost now and then", strikes.swallow_now_and_then, 10, 2),
    Fault("READONLY", strikes.read_only, 5, 1, is_unready=True),
    Fault("OOM", strikes.out_of_memory, 5, 1, is_unready=True),
    Fault("LOADING", strikes.loading, 5, 2, is_unready=True),
    Fault("BUSY", strikes.busy, 5, 1, is_unready=True),
    Fault("NOSCRIPT", strikes.forget_scripts, 5, 0.5),
    Fault("WRONGTYPE, a cell", strikes.spoil_cell, 5, 0.5),
    Fault("WRONGTYPE, a value", strikes.spoil_values, 5, 0.5),
    Fault("WRONGTYPE, the app's cells", strikes.spoil_app, 5, 0.5),
    Fault("WRONGTYPE, the day's apps", strikes.spoil_active_apps, 5, 0.5),
    Fault("buffer full", strikes.freeze_store, 20, 3, is_unready=True, is_flood=True, environ=SMALL_BUFFER),
    Fault("SIGTERM", strikes.terminate, 0, 0, OWN, 2, Loss.ANSWERS, is_down=True, ends=True),
    Fault(
        "SIGTERM, store frozen",
        strikes.terminate_without_store,
        3,
        1,
        OWN,
        2,
        Loss.PENDING,
        is_down=True,
        ends=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    reckoning: Reckoning
    slowest_ms: float
    floor_ms: float
    checks: int
    violations: tuple[str, ...]


async def put_to_trial(
    fault: Fault, world: World, seconds: float, *, before: float = 1.0, after: float = 1.0, rate: float = 800
) -> Verdict:
    app = await world.open_app()
    ledger = Ledger(
        world.service.port, app, hits_a_second=rate, versions=1_000_000 if fault.is_flood else VERSIONS
    )
    probe = Probe(world.service.port, CHECK)
    end = asyncio.Event()
    load: list[Awaitable[None]] = [asyncio.create_task(ledger.run(end))]
    if not fault.is_down:
        load.append(asyncio.create_task(probe.run(end)))
    await asyncio.sleep(before)
    said = world.service.logged_lines()
    violations = await fault.strike(world, seconds)
    await asyncio.sleep(after)
    end.set()
    await asyncio.gather(*load)
    if not fault.ends:
        violations += await recovery(fault, world, probe)
    reckoning = await (reckon(world.client, ledger) if fault.ends else reckon_at_rest(world, ledger))
    violations += reckoning.violations(fault.loss, is_unkept=any(map(is_unkept, said)))
    violations += what_the_log_lacks(fault, world, reckoning, world.service.logged_lines()[len(said) :])
    slowest, floor = probe.checks.slowest_ms, probe.floor.slowest_ms
    return Verdict(reckoning, slowest, floor, len(probe.checks.asked), tuple(violations))


async def reckon_at_rest(world: World, ledger: Ledger) -> Reckoning:
    """Of several workers one may not have been asked whether it is idle: what it still commits comes now.

    That is waited for with `pending` hits alone: what was answered as counted has to be there at once.
    """
    deadline = monotonic() + LATE_SECONDS
    while (reckoning := await reckon(world.client, ledger)).may_be_late() and monotonic() < deadline:
        await asyncio.sleep(0.2)
    return reckoning


def what_the_log_lacks(fault: Fault, world: World, reckoning: Reckoning, lines: list[str]) -> list[str]:
    wrong = [] if len(lines) <= MOST_LINES else [f"the log grew by {len(lines)} lines", *lines]
    wrong += [f"the log says: {line}" for line in lines if is_mistake(line)]
    lost = reckoning.counted + reckoning.pending - reckoning.total
    if fault.ends and lost > world.service.given_up():
        wrong.append(f"{lost} hits were lost, {world.service.given_up()} are said")
    if fault.is_flood and not reckoning.dropped:
        wrong.append("no hit was dropped")
    return wrong


async def recovery(fault: Fault, world: World, probe: Probe) -> list[str]:
    wrong = [f"an update check was answered with {one}" for one in probe.checks.faults]
    wrong += probe.late(BUDGET_SECONDS)
    if fault.is_unready and 503 not in probe.readiness:
        wrong.append("/ready did not tell")
    if not await world.settled():
        wrong.append("the service did not recover")
    return wrong
