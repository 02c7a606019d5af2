"""How close a counted hit comes to an empty answer: hits a second, latency and CPU, side by side in one run.

    python benchmarks/ingest.py [--seconds 10] [--rounds 3] [--connections 64 256] [--only floor beacon]

The machine's load generator is wrk (Debian's package of that name).
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import HERE, PROGRAM, cpu_seconds, family, free_port, manage, program_of, running
from redis import Redis
from rich.console import Console
from rich.table import Table

from telemetry_counter.store.embedded.store import EmbeddedStore

CASES = ("floor", "beacon", "check", "pixel", "hit", "peer")


@dataclass(frozen=True, slots=True)
class Target:
    """A running service: its port, which processes are the service's and the store's, and who asks."""

    port: int
    path: str
    service: tuple[int, ...]
    store: tuple[int, ...] = ()
    script: str = "beacons.lua"


@dataclass(frozen=True, slots=True)
class Measure:
    hits_a_second: float
    half_ms: float
    most_ms: float
    service_us: float
    store_us: float
    errors: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--only", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if arguments.self_check:
        arguments.seconds, arguments.rounds, arguments.connections = 1, 1, [16]
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk")
    with ExitStack() as stack:
        targets = {name: stack.enter_context(START[name]()) for name in arguments.only}
        for connections in arguments.connections:
            rounds = [
                {name: measure(target, connections, arguments.seconds) for name, target in targets.items()}
                for _ in range(arguments.rounds)
            ]
            show(connections, rounds)


@contextmanager
def floor() -> Iterator[Target]:
    port = free_port()
    command = (sys.executable, str(HERE / "floor.py"), str(port))
    with running(command, f"http://127.0.0.1:{port}/", {}) as process:
        yield Target(port, "/telemetry/beacon", (process.pid,))


@contextmanager
def service(path: str, script: str = "beacons.lua") -> Iterator[Target]:
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        environ = {"ENABLE_TELEMETRY": "true", "DATA_DIR": directory, "REDIS_URL": "", "PORT": str(port)}
        environ["TRUSTED_PROXIES"] = "127.0.0.1"
        with running((*PROGRAM, "serve"), f"http://127.0.0.1:{port}/health", environ) as process:
            manage("admin", "create", "acme", environ=environ)
            url = "https://downloads.example.org/editor.zip"
            manage("release", "publish", "acme/editor", "1.11.0", "--url", url, environ=environ)
            subprocess.run(("sleep", "1"), check=True)
            yield split_family(port, path, process.pid, script)


def beacon() -> "contextmanager[Target]":  # type: ignore[valid-type]
    return service("/telemetry/beacon")


def check() -> "contextmanager[Target]":  # type: ignore[valid-type]
    return service("/checkVersion")


def pixel() -> "contextmanager[Target]":  # type: ignore[valid-type]
    return service("/api/telemetry/pixel", script="pages.lua")


def hit() -> "contextmanager[Target]":  # type: ignore[valid-type]
    return service("/api/telemetry/hit", script="pages.lua")


@contextmanager
def peer() -> Iterator[Target]:
    port = free_port()
    with tempfile.TemporaryDirectory() as directory, EmbeddedStore(Path(directory)) as store:
        command = (sys.executable, str(HERE / "peer.py"), str(port), store.url)
        with running(command, f"http://127.0.0.1:{port}/", {}) as process:
            with closing(Redis.from_url(store.url)) as client:
                store_pid = int(client.info("server")["process_id"])
            yield Target(port, "/telemetry/beacon", (process.pid,), (store_pid,))


START = {"floor": floor, "beacon": beacon, "check": check, "pixel": pixel, "hit": hit, "peer": peer}


def split_family(port: int, path: str, pid: int, script: str) -> Target:
    processes = family(pid)
    store = tuple(one for one in processes if "server" in program_of(one))
    return Target(port, path, tuple(one for one in processes if one not in store), store, script)


def measure(target: Target, connections: int, seconds: int) -> Measure:
    before = [sum(map(cpu_seconds, pids)) for pids in (target.service, target.store)]
    command = (
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(HERE / target.script),
    )
    done = subprocess.run(
        (*command, f"http://127.0.0.1:{target.port}"),
        env={"REQUEST_PATH": target.path, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    after = [sum(map(cpu_seconds, pids)) for pids in (target.service, target.store)]
    hits = int(found(r"(\d+) requests in", done.stdout))
    return Measure(
        hits_a_second=float(found(r"Requests/sec:\s+([\d.]+)", done.stdout)),
        half_ms=milliseconds(found(r"(?m)^\s+50%\s+(\S+)", done.stdout)),
        most_ms=milliseconds(found(r"(?m)^\s+99%\s+(\S+)", done.stdout)),
        service_us=(after[0] - before[0]) / hits * 1e6,
        store_us=(after[1] - before[1]) / hits * 1e6,
        errors=sum(
            map(
                int,
                re.findall(r"(?:Non-2xx or 3xx responses|connect|read|write|timeout):? (\d+)", done.stdout),
            )
        ),
    )


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"wrk said nothing of {pattern}:\n{text}")
    return match[1]


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def show(connections: int, rounds: list[dict[str, Measure]]) -> None:
    table = Table(title=f"{connections} connections, medians of {len(rounds)} rounds", box=None)
    for column in (
        "",
        "hits/s",
        "of floor",
        "50 % ms",
        "99 % ms",
        "service us/hit",
        "store us/hit",
        "errors",
    ):
        table.add_column(column, justify="right" if column else "left")
    for name in rounds[0]:
        measures = [one[name] for one in rounds]
        ratio = "-"
        if "floor" in rounds[0]:
            ratio = f"{median(r[name].hits_a_second / r['floor'].hits_a_second for r in rounds):.2f}"
        table.add_row(
            name,
            f"{median(one.hits_a_second for one in measures):,.0f}",
            ratio,
            f"{median(one.half_ms for one in measures):.2f}",
            f"{median(one.most_ms for one in measures):.2f}",
            f"{median(one.service_us for one in measures):.1f}",
            f"{median(one.store_us for one in measures):.1f}",
            str(sum(one.errors for one in measures)),
        )
    console = Console(width=110)
    console.print(table)
    if {"beacon", "peer"} <= rounds[0].keys():
        times = median(r["beacon"].hits_a_second / r["peer"].hits_a_second for r in rounds)
        console.print(f"beacon / peer: {times:.1f}")


if __name__ == "__main__":
    main()
