"""A million requests, valid, changed and hostile: whether the service stays as small and its counters exact.

    python benchmarks/fuzz.py [--requests 1000000] [--seed 1]

One worker with its embedded store. The first requests fill its caches. What becomes of every update check is
reckoned by a rule of its own (trials/fuzz_rule.py); all else is compared with what the answers said.
"""

import argparse
import asyncio
import datetime as dt
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import orjson
import uvloop
from processes import cpu_seconds, rss_bytes
from rich.console import Console
from trials.connection import get
from trials.fuzz_malformed import malformed
from trials.fuzz_requests import CHECKS, EVENTS, HOSTILE, OWNER, PAGES, Question, Questions
from trials.fuzz_rule import COUNTED
from trials.pipelines import Said, outcomes_of, pipelined
from trials.world import World, world

from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

WARM_UP = 250_000
"""Until every cache is full; the last to fill is that of page hits, with changed bodies."""

CONNECTIONS, DEPTH = 96, 24
MALFORMED_SHARE = 0.02
RAW_CONNECTIONS = 300
MOST_GROWTH = 10_000_000
MOST_SHOWN = 5
OF_THE_VISITOR = ("opted_out", "undeclared", "network_limit")
SETTINGS: dict[str, Any] = {
    **{"RATE_LIMIT": "off", "COMMIT_BUDGET_MS": "10000"},
    **{"KEEP_ALIVE_SECONDS": "1", "REQUEST_SECONDS": "1"},
}


@dataclass(slots=True)
class Account:
    """What was answered, by app and outcome, and what should have been answered otherwise."""

    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    events: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, question: Question, said: Said) -> None:
        """`found`: where the rule says that it is found in the figures."""
        outcome = said.outcome.partition(";")[0]
        self.statuses[said.status] += 1
        self.said[question.app, outcome] += 1
        if question.fate is not None:
            self.found[question.fate.app, question.fate.outcome] += 1
        if outcome == COUNTED:
            self.events += question.events
        if said.status >= 500 or (question.fate and question.fate.outcome != outcome):
            self.wrong.append(f"{question.sent[:300]!r}: {said}, expected {question.fate}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--self-check", action="store_true", help="a few thousand, too few to judge memory by"
    )
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.requests = 6_000
    problems = uvloop.run(run(arguments.requests, arguments.seed, judges_memory=not arguments.self_check))
    for problem in problems[:MOST_SHOWN]:
        print(problem)
    sys.exit(f"{len(problems)} problems" if problems else 0)


async def run(requests: int, seed: int, *, judges_memory: bool) -> list[str]:
    console, account = Console(width=110), Account()
    questions = Questions(seed, dt.datetime.now(dt.UTC).date().isoformat())
    async with world(None, **SETTINGS) as trial:
        await open_apps(trial)
        warm_up = min(WARM_UP, requests // 2)
        await send(trial, questions, account, warm_up, seed)
        pid = trial.service.pid
        before, begun, cpu = rss_bytes(pid), monotonic(), cpu_seconds(pid)
        await send(trial, questions, account, requests - warm_up, seed + 1)
        took, spent = monotonic() - begun, cpu_seconds(pid) - cpu
        await trial.settled()
        growth = rss_bytes(pid) - before
        lines = len(trial.service.logged_lines())
        problems = account.wrong + await compared(trial, account)
    console.print(
        f"{requests:,} requests; {requests - warm_up:,} after the warm-up in {took:.0f} s,"
        f" {spent / (requests - warm_up) * 1e6:.0f} us each"
    )
    console.print(
        f"service {before / 1e6:.1f} MB after the warm-up, {growth / 1e6:+.1f} MB since; {lines} log lines"
    )
    console.print(f"statuses {dict(sorted(account.statuses.items()))}")
    for (app, outcome), number in sorted(account.said.items()):
        console.print(f"  {app:8} {outcome or '(none)':18} {number:>9,}")
    if judges_memory and growth > MOST_GROWTH:
        problems.append(f"the service grew by {growth / 1e6:.1f} MB")
    return problems


async def open_apps(trial: World) -> None:
    registry = Registry(trial.client, Keys())
    for app in (CHECKS, PAGES, EVENTS, HOSTILE):
        await registry.create_app(OWNER, app)
    query = f"/telemetry/beacon?app_name={HOSTILE}&owner={OWNER}&version=1"
    await trial.until(lambda answer: b"no_device" in answer.headers, get(query))


async def send(trial: World, questions: Questions, account: Account, requests: int, seed: int) -> None:
    raw = int(requests * MALFORMED_SHARE)
    left = [requests - raw]

    def take() -> list[Question]:
        number = min(DEPTH, left[0])
        left[0] -= number
        return questions.take(number)

    pipes = [pipelined(trial.service.port, take, account.take) for _ in range(CONNECTIONS)]
    await asyncio.gather(send_malformed(trial.service.port, raw, account, seed), *pipes)


async def send_malformed(port: int, number: int, account: Account, seed: int) -> None:
    random, places = Random(seed), asyncio.Semaphore(RAW_CONNECTIONS)

    async def send_one(sent: bytes) -> None:
        async with places:
            for outcome in await outcomes_of(port, sent):
                account.said[HOSTILE, outcome.partition(";")[0]] += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            async with places:
                group.create_task(send_one(malformed(random)))


async def compared(trial: World, account: Account) -> list[str]:
    """The figures that differ from the account."""
    reports = {app: await report(trial, app) for app in (CHECKS, PAGES, EVENTS, HOSTILE)}
    pages = await report(trial, PAGES, "/telemetry/web")
    views = pages["summary"]["page_views"] + sum(event["count"] for event in pages["events"])
    events = (await report(trial, EVENTS, "/telemetry/events"))["summary"]["total_events"]
    pairs = {
        "update checks": (reports[CHECKS]["summary"]["total_requests"], account.found[CHECKS, COUNTED]),
        "answered as counted": (account.said[CHECKS, COUNTED], account.found[CHECKS, COUNTED]),
        "page views and events": (views, account.said[PAGES, COUNTED]),
        "events": (events, account.events),
        "behind malformed requests": (
            reports[HOSTILE]["summary"]["total_requests"],
            account.said[HOSTILE, COUNTED],
        ),
    }
    for reason in reasons(account, CHECKS):
        shown = reports[CHECKS]["refusals"].get(reason, 0)
        pairs[f"refused as {reason}"] = (shown, account.found[CHECKS, reason])
    for app in (PAGES, EVENTS):
        for reason, shown in reports[app]["refusals"].items():
            if reason not in OF_THE_VISITOR:
                pairs[f"{app} refused as {reason}"] = (shown, min(shown, account.said[app, reason]))
    for what, (shown, expected) in pairs.items():
        print(f"  {what}: {shown:,}" + ("" if shown == expected else f", expected {expected:,}"))
    return [
        f"{what}: {shown}, not {expected}" for what, (shown, expected) in pairs.items() if shown != expected
    ]


def reasons(account: Account, app: str) -> list[str]:
    return sorted({reason for name, reason in account.found if name == app and reason != COUNTED})


async def report(trial: World, app: str, path: str = "/telemetry") -> dict[str, Any]:
    """Of a week, for a fuzz at midnight."""
    answer = await trial.ask(get(f"{path}?range=week&apps={app}", Authorization=f"Bearer {trial.token}"))
    if answer is None or answer.status != 200:
        raise RuntimeError(f"the report is {answer}")
    content: dict[str, Any] = orjson.loads(answer.body)
    return content


if __name__ == "__main__":
    main()
