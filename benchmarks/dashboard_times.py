"""What the dashboard's month costs at 20 apps of 100,000 devices a day: milliseconds on the server, bytes.

    python benchmarks/dashboard_times.py [--stores valkey redis] [--scales 20-apps]

Over HTTP, signed in, gzip taken; the first time apart, for then the closed days are rolled up. Beside it the
same report as JSON, to tell what the page adds to it, and an empty answer, to tell what the machine adds.
"""

import argparse
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode, urlsplit

from months import ADMIN, RETENTION_DAYS
from redis import Redis
from report import SCALES, Counter, filled
from rich.console import Console
from rich.table import Table

from telemetry_counter.store.keys import Keys

ROUNDS = 30
HISTORY_SECONDS = 120
MOST_MS, MOST_BYTES = 60, 60_000
PAGES = {
    "overview, month": "/dashboard?range=month",
    "overview, week and before": "/dashboard?range=week",
    "an app, month": "/dashboard/apps/editor?range=month",
    "an app, filtered": "/dashboard/apps/editor?range=month&platforms=linux&channels=stable",
}


@dataclass(frozen=True, slots=True)
class Browser:
    """A connection that is kept, as a browser's; the cookie is that of a session."""

    connection: http.client.HTTPConnection
    cookie: str
    token: str

    def page(self, path: str) -> int:
        """Bytes of the body, as it came."""
        return self._get(path, {"Cookie": self.cookie, "Accept-Encoding": "gzip"})

    def plain(self, path: str) -> int:
        return self._get(path, {"Authorization": f"Bearer {self.token}"})

    def _get(self, path: str, headers: dict[str, str]) -> int:
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return len(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stores", nargs="+", choices=("valkey", "redis"), default=["valkey"])
    parser.add_argument("--scales", nargs="+", choices=tuple(SCALES), default=["20-apps"])
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    scales, rounds = (["2k"], 2) if arguments.self_check else (arguments.scales, ROUNDS)
    console = Console(width=120)
    for scale in scales:
        for kind in arguments.stores:
            with filled(kind, *SCALES[scale]) as (counter, store, _):
                if not arguments.self_check:
                    wait_for_history(store)
                console.print(measure(sign_in(counter), f"{scale}, {kind}", rounds))


def measure(browser: Browser, title: str, rounds: int) -> Table:
    table = Table(title=f"{title}: milliseconds", box=None)
    for column in ("", "first", "median", "least", "KB gzip", "of the report"):
        table.add_column(column, justify="right" if column else "left")
    for name, path in PAGES.items():
        first, size = timed(lambda path=path: browser.page(path))  # type: ignore[misc]
        times = [timed(lambda path=path: browser.page(path))[0] for _ in range(rounds)]  # type: ignore[misc]
        report = path.replace("/dashboard", "/telemetry", 1).replace("/apps/editor?", "?apps=editor&")
        alone = min(timed(lambda report=report: browser.plain(report))[0] for _ in range(rounds))  # type: ignore[misc]
        table.add_row(
            name,
            f"{first:.0f}",
            f"{median(times):.1f}{'' if median(times) < MOST_MS else ' (over)'}",
            f"{min(times):.1f}",
            f"{size / 1000:.1f}{'' if size < MOST_BYTES else ' (over)'}",
            f"{min(times) / alone:.1f} x {alone:.1f}",
        )
    nothing = [timed(lambda: browser.plain("/health"))[0] for _ in range(rounds)]
    table.add_row("an empty answer", "", f"{median(nothing):.1f}", f"{min(nothing):.1f}", "", "")
    return table


def wait_for_history(store: "Redis") -> None:
    """Until the closed days are counted, which a service does once after its start."""
    deadline = time.monotonic() + HISTORY_SECONDS
    while store.hlen(Keys().admin(ADMIN).history) < RETENTION_DAYS:
        if time.monotonic() > deadline:
            raise RuntimeError("the closed days are not counted")
        time.sleep(0.5)


def timed(ask: Callable[[], int]) -> tuple[float, int]:
    begun = time.perf_counter()
    size = ask()
    return (time.perf_counter() - begun) * 1000, size


def sign_in(counter: Counter) -> Browser:
    connection = http.client.HTTPConnection(urlsplit(counter.url).netloc, timeout=60)
    form = urlencode({"token": counter.token})
    connection.request(
        "POST", "/dashboard/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"}
    )
    answer = connection.getresponse()
    answer.read()
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return Browser(connection, cookie, counter.token)


if __name__ == "__main__":
    main()
