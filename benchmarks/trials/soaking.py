"""The soak: everything at once, what is done to it on the way, and what must hold at the end."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable
from time import monotonic

from telemetry_counter.releases.release import release_from_input
from telemetry_counter.service import REFRESH_SECONDS
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

from . import readers, strikes
from .connection import Answer
from .faults import BUDGET_SECONDS
from .ledger import OWNER, Ledger
from .memory import Memory
from .plan import Plan, Soak
from .probe import Probe
from .readers import Reading
from .reckoning import Loss, reckon, reckon_outcomes
from .traffic import KINDS, PAGES, Sender
from .world import CHECK, World, world

OLD, NEW = "2.0", "3.0"
REACH_SECONDS = 4 * REFRESH_SECONDS + 1
"""After which every worker offers a release; a check of before may still be on its way."""

AROUND_SECONDS = 4.0
"""Before and after an outage in which a report may fail: connections break, and are made again."""

MOST_SECONDS = 3.0
"""For any answer to a hit: the budget of the commit, and what a busy machine adds to it."""

BEACONS = "numbered-beacon"
BEACONS_A_SECOND = 200.0


async def soak(plan: Plan, binary: str, *, workers: int, rate: float) -> Soak:
    async with world(binary, workers=workers, RATE_LIMIT="off") as trial:
        return await Run(trial, plan, rate).whole()


class Run:
    def __init__(self, trial: World, plan: Plan, rate: float) -> None:
        self.world, self.plan, self.done = trial, plan, Soak()
        port = trial.service.port
        self.ledger = Ledger(port, f"soak-{BEACONS}", hits_a_second=BEACONS_A_SECOND * rate)
        self.senders = [Sender(port, kind, rate) for kind in KINDS]
        self.senders[0].bodies = self._note_offer
        self.probe = Probe(port, CHECK)
        self.memory = Memory(trial, plan.warm_up)
        self.offers: Counter[tuple[str, bool]] = Counter()
        self.reaches_at = self.published_at = float("inf")
        self.outages: list[tuple[float, float]] = []
        self.states: set[float] = set()

    async def whole(self) -> Soak:
        await self._prepare()
        self.readings = await self._readings()
        end, begun = asyncio.Event(), monotonic()
        runs: list[Awaitable[None]] = [self.ledger.run(end), self.probe.run(end), self.memory.run(end)]
        runs += [one.run(end) for one in self.senders]
        runs += [one.run(end) for one in self.readings]
        load = [asyncio.ensure_future(one) for one in (*runs, self._watch_state(end))]
        await self._strike(begun)
        end.set()
        await asyncio.gather(*load)
        await self._judge()
        return self.done

    async def _prepare(self) -> None:
        registry = Registry(self.world.client, Keys())
        for app in (self.ledger.app, *(kind.app for kind in KINDS)):
            await registry.create_app(OWNER, app)
            await self._publish(app, OLD)
        await asyncio.sleep(REACH_SECONDS)

    async def _publish(self, app: str, version: str) -> None:
        url, feed = f"https://e.org/{version}/app.zip", f"https://e.org/{version}/"
        release = release_from_input(
            app=app,
            version=version,
            published=dt.datetime.now(dt.UTC),
            packages={"": url, "RELEASES": feed, "yml": feed},
            signature="signed",
        )
        await Registry(self.world.client, Keys()).publish(OWNER, release)

    async def _readings(self) -> list[Reading]:
        checks, site = KINDS[0].app, next(kind.app for kind in KINDS if kind.suffix == PAGES)
        return [
            Reading(self.world, "reports", readers.reports(self.world.token, checks)),
            Reading(self.world, "dashboards", await readers.dashboards(self.world, checks, site)),
        ]

    async def _strike(self, begun: float) -> None:
        """The release after a third, the store's restart at the half, a worker's death after two thirds."""
        plan = self.plan
        await self._until(begun + plan.seconds / 3)
        self.published_at = monotonic()
        await self._publish(KINDS[0].app, NEW)
        self.reaches_at = monotonic() + REACH_SECONDS
        self.done.events.append((f"{NEW} is published", monotonic() - begun))
        await self._until(begun + plan.seconds / 2)
        gone = monotonic()
        await strikes.kill_store(self.world, plan.outage)
        self.outages.append((gone - AROUND_SECONDS, monotonic() + AROUND_SECONDS))
        took = monotonic() - gone
        self.done.events.append((f"kill -9 of the store, back after {took:.1f} s", gone - begun))
        await self._until(begun + plan.seconds * 2 / 3)
        if len(self.world.service.workers()) == 2:
            killed = monotonic()
            self.done.violations += await strikes.kill_worker(self.world, 1)
            self.outages.append((killed - AROUND_SECONDS, killed + AROUND_SECONDS))
            self.done.events.append(("kill -9 of a worker", killed - begun))
        await self._until(begun + plan.seconds)

    @staticmethod
    async def _until(moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - monotonic()))

    def _note_offer(self, answer: Answer) -> None:
        """Whether the check offered what it should, unless the release was just on its way."""
        now = monotonic()
        if not self.published_at - 1 < now < self.reaches_at:
            wanted = NEW if now >= self.reaches_at else OLD
            self.offers[wanted, f"e.org/{wanted}/".encode() in answer.body] += 1

    async def _watch_state(self, end: asyncio.Event) -> None:
        while not end.is_set():
            answer = await self.world.ask(readers.metrics())
            if answer and answer.status == 200:
                self.states.add(readers.value(answer.body, "telemetry_store_up"))
            await asyncio.sleep(0.3)

    async def _judge(self) -> None:
        done = self.done
        if not await self.world.settled():
            done.violations.append("the service did not come to rest")
        done.reckonings[BEACONS] = await reckon(self.world.client, self.ledger)
        for sender in self.senders:
            done.reckonings[sender.kind.name] = await reckon_outcomes(
                self.world.client, sender.kind.app, sender.kind.suffix, sender.outcomes
            )
        for name, one in done.reckonings.items():
            done.violations += [f"{name}: {sentence}" for sentence in one.violations(Loss.PENDING)]
        done.violations += [*self._wrong_answers(), *self._of_readers(), *await self._of_state()]
        done.violations += [f"the log says: {line}" for line in self.world.service.mistakes()]
        done.violations += [f"an update check was answered with {one}" for one in self.probe.checks.faults]
        done.violations += self.probe.late(BUDGET_SECONDS)
        done.memory = self.memory.growth()
        done.violations += self.memory.violations(self.plan.growth_megabytes)
        done.times = {one.kind.name: one.times for one in self.senders}
        done.times |= {one.name: one.times for one in self.readings}

    def _wrong_answers(self) -> list[str]:
        senders, offers = self.senders, self.offers
        slowest = {one.kind.name: one.times.at(1.0) / 1000 for one in senders}
        wrong = [f"{one.kind.name}: {what}, {n} times" for one in senders for what, n in one.wrong.items()]
        wrong += [
            f"{n} checks did not offer {version}" for (version, is_so), n in offers.items() if not is_so
        ]
        wrong += [
            f"{name}: {took:.1f} s for an answer" for name, took in slowest.items() if took > MOST_SECONDS
        ]
        return wrong + [f"no check offered {one}" for one in (OLD, NEW) if not offers[one, True]]

    def _of_readers(self) -> list[str]:
        """Reports need the store; the rest of the time they are given."""
        wrong = Counter(
            what
            for one in self.readings
            for when, what in one.failures
            if not any(first <= when <= last for first, last in self.outages)
        )
        return [f"{what}, {n} times with the store there" for what, n in wrong.items()]

    async def _of_state(self) -> list[str]:
        wrong = [] if self.states == {0.0, 1.0} else [f"/metrics said of the store only {self.states}"]
        answer = await self.world.ask(readers.metrics())
        told = answer.body if answer else b""
        if readers.value(told, "telemetry_store_up") != 1 or readers.value(told, "telemetry_buffer_hits"):
            wrong.append("/metrics does not say that all is well again")
        return wrong
