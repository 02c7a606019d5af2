"""What a report costs over HTTP: median of 20, the first asking apart, and beacons while reports run.

    python benchmarks/report.py [--stores valkey redis] [--scales 100k 1m 1m-tail 20-apps] [--beacons]

Each month is 31 days of 768 cells; it is written past the service (see months.py).
"""

import argparse
import asyncio
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from months import ADMIN, Month, copy_app, fill, releases
from processes import HERE, PROGRAM, free_port, running
from redis import Redis, RedisError
from rich.console import Console
from rich.table import Table

from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

ROUNDS = 20
TODAY = dt.datetime.now(dt.UTC).date()
QUESTIONS = {
    "month": "range=month",
    "week": "range=week",
    "one day": "",
    "month, filtered": "range=month&platforms=linux,windows&channels=stable",
    "a closed day": f"date={TODAY - dt.timedelta(days=3)}",
}
SCALES = {
    "2k": (Month(2_000, TODAY), 2),
    "100k": (Month(100_000, TODAY), 1),
    "1m": (Month(1_000_000, TODAY), 1),
    "1m-tail": (Month(1_000_000, TODAY, long_tail=True), 1),
    "20-apps": (Month(100_000, TODAY), 20),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """A running service and what it takes to ask it."""

    url: str
    token: str

    def ask(self, question: str) -> float:
        """Milliseconds until the whole report was there."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}/telemetry?{question}", headers=headers)
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:
            json.load(answer)
        return (time.perf_counter() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stores", nargs="+", choices=("valkey", "redis"), default=["valkey", "redis"])
    parser.add_argument("--scales", nargs="+", choices=tuple(SCALES), default=["100k"])
    parser.add_argument("--beacons", action="store_true", help="also measure beacons while reports run")
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.scales, arguments.beacons = ["2k"], True
    console = Console(width=120)
    for scale in arguments.scales:
        table = Table(title=f"{scale}, milliseconds", box=None)
        for column in ("", "memory", *QUESTIONS, "first: month", "first: filtered", "rolled up"):
            table.add_column(column, justify="right" if column else "left")
        for kind in arguments.stores:
            with filled(kind, *SCALES[scale]) as (counter, store, grown):
                table.add_row(kind, *measure(counter, store, grown))
                if arguments.beacons:
                    console.print(f"{kind}, {scale}: {beacons(counter)}")
        console.print(table)


def measure(counter: Counter, store: "Redis", grown: int) -> list[str]:
    before = used(store)
    first = {name: counter.ask(question) for name, question in QUESTIONS.items()}
    rolled = used(store) - before
    medians = [median(counter.ask(question) for _ in range(ROUNDS)) for question in QUESTIONS.values()]
    return [
        f"{grown / 1e6:.1f} MB",
        *(f"{one:.1f}" for one in medians),
        f"{first['month']:.0f}",
        f"{first['month, filtered']:.0f}",
        f"{rolled / 1e6:.1f} MB",
    ]


@contextmanager
def filled(kind: str, month: Month, apps: int) -> Iterator[tuple[Counter, "Redis", int]]:
    """A service on a store with that month; the store itself and by how much its memory grew."""
    with (
        tempfile.TemporaryDirectory() as directory,
        STORES[kind](Path(directory)) as url,
        Redis.from_url(url, socket_timeout=600) as store,
    ):
        before = used(store)
        names = [f"app{number}" if number else "editor" for number in range(apps)]
        fill(store, Keys(), month, names[0])
        for name in names[1:]:
            copy_app(store, Keys(), month, names[0], name)
        grown = used(store) - before
        token = asyncio.run(register(url, month, names))
        port = free_port()
        environ = {"ENABLE_TELEMETRY": "true", "REDIS_URL": url, "DATA_DIR": directory, "PORT": str(port)}
        with running((*PROGRAM, "serve"), f"http://127.0.0.1:{port}/ready", environ):
            yield Counter(f"http://127.0.0.1:{port}", token), store, grown


async def register(url: str, month: Month, names: list[str]) -> str:
    client = open_client(url)
    registry = Registry(client, Keys())
    token = await registry.create_admin(ADMIN)
    for name in names:
        for release in releases(month, name):
            await registry.publish(ADMIN, release)
    await client.aclose()
    return token


@contextmanager
def valkey(directory: Path) -> Iterator[str]:
    with EmbeddedStore(directory / "store") as store:
        yield store.url


@contextmanager
def redis(directory: Path) -> Iterator[str]:
    binary = shutil.which("redis-server")
    if binary is None:
        sys.exit("redis-server is needed: apt-get install redis-server")
    socket = directory / "redis.sock"
    flags = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "yes")
    server = subprocess.Popen((binary, *flags), cwd=directory, stdout=subprocess.DEVNULL)
    url = "unix://" + quote(str(socket))
    try:
        wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(30)


STORES = {"valkey": valkey, "redis": redis}


def wait_for(url: str) -> None:
    with Redis.from_url(url) as client:
        for _ in range(200):
            try:
                client.ping()
                return
            except RedisError:
                time.sleep(0.05)
    raise RuntimeError("the store does not answer")


def used(store: "Redis") -> int:
    memory: dict[str, int] = store.info("memory")
    return memory["used_memory"]


def beacons(counter: Counter) -> str:
    """Latency of beacons alone, and while one client asks for report after report."""
    alone = wrk(counter.url)
    ended = threading.Event()
    asked: list[float] = []

    def ask_on() -> None:
        while not ended.is_set():
            asked.append(counter.ask(QUESTIONS[("month", "month, filtered")[len(asked) % 2]]))

    asker = threading.Thread(target=ask_on)
    asker.start()
    meanwhile = wrk(counter.url)
    ended.set()
    asker.join()
    return f"beacons alone: {alone}; during {len(asked)} reports ({median(asked):.0f} ms): {meanwhile}"


def wrk(url: str, seconds: int = 10) -> str:
    command = ("wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "-s", str(HERE / "beacons.lua"), url)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [re.search(pattern, done.stdout) for pattern in (r"99%\s+(\S+)", r"Requests/sec:\s+(\S+)")]
    most, rate = (match[1] if match else "?" for match in found)
    failed = "Non-2xx" in done.stdout
    return f"99 % in {most}, {rate} a second{', with FAILURES' if failed else ''}"


if __name__ == "__main__":
    main()
