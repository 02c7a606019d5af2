"""demo: a running service with a believable month in it."""

import asyncio
import datetime as dt
import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import click

from telemetry_counter.cli.session import Session, run
from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.checks import Cell, Check
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.releases.release import release_from_input

OWNER = "demo"
DAYS = 31


@dataclass(frozen=True, slots=True)
class DemoApp:
    """A made-up program: its devices and the days (before today) on which its versions came out."""

    name: str
    devices: int
    versions: tuple[tuple[str, int], ...]
    channels: tuple[tuple[str, int], ...]
    platforms: tuple[tuple[str, str, int], ...]


DESKTOP = (
    ("windows", "amd64", 46),
    ("darwin", "arm64", 26),
    ("linux", "amd64", 16),
    ("darwin", "amd64", 7),
    ("linux", "arm64", 5),
)
APPS = (
    DemoApp(
        "editor",
        5_200,
        (("2.3.0", 90), ("2.3.1", 60), ("2.4.0", 26), ("2.4.1", 17), ("2.5.0", 6)),
        (("stable", 88), ("beta", 12)),
        DESKTOP,
    ),
    DemoApp(
        "player",
        2_100,
        (("0.9.8", 80), ("0.9.9", 40), ("0.9.10", 20), ("1.0.0", 9)),
        (("stable", 100),),
        DESKTOP,
    ),
    DemoApp(
        "tabs-extension",
        3_400,
        (("1.1", 70), ("1.2", 22), ("1.3", 11)),
        (("stable", 100),),
        (("chrome", "universal", 68), ("firefox", "universal", 22), ("edge", "universal", 10)),
    ),
)


@click.command()
@click.option("--host", help="Address to listen on.  [default: HOST or 127.0.0.1]")
@click.option("--port", help="Port to listen on; 0 picks a free one.  [default: PORT or 8000]")
def demo(host: str | None, port: str | None) -> None:
    """Run a service with a made-up month in it; what it holds is gone when it ends."""
    from telemetry_counter.cli.serve import run_service
    from telemetry_counter.settings import load_settings

    given = {"HOST": host, "PORT": port, "ENABLE_TELEMETRY": "true", "REDIS_URL": "", "KEY_PREFIX": ""}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    with tempfile.TemporaryDirectory(prefix="telemetry-counter-demo-") as directory:
        os.environ["DATA_DIR"] = directory
        settings = load_settings()
        from telemetry_counter.store.embedded.store import EmbeddedStore

        # Held open over both steps, so that the store is not started twice.
        with EmbeddedStore(settings.data_path):
            token = run(populate)
            run_service(settings, banner=banner(token, settings.host, directory))


async def populate(session: Session) -> str:
    """Fills the month and returns the admin's token."""
    from rich.console import Console
    from rich.progress import track

    from telemetry_counter.service import limits
    from telemetry_counter.store.committing.commits import Commits

    token = await session.registry.create_admin(OWNER)
    clock = UtcDay()
    today = clock.today()
    await asyncio.gather(*(publish_releases(session, app, today) for app in APPS))
    hasher = DeviceHasher(await session.registry.secret())
    commits = Commits(session.client, session.keys, limits(session.settings), clock)
    days = [today - dt.timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    number = 0
    for day in track(days, "Making up a month", console=Console(stderr=True), transient=True):
        batch = Batch(OWNER, day)
        for app in APPS:
            for check, device_id in checks_of(app, day, today):
                batch.add(check, hasher.hash(OWNER, device_id.encode()))
        for part in batch.split():
            number += 1
            part.number = number
            await commits.send(part)
    return token


async def publish_releases(session: Session, app: DemoApp, today: dt.date) -> None:
    for version, days_ago in app.versions:
        noon = dt.datetime.combine(today - dt.timedelta(days=days_ago), dt.time(12), dt.UTC)
        await session.registry.publish(
            OWNER,
            release_from_input(
                app=app.name,
                version=version,
                packages={"": f"https://downloads.example.org/{app.name}-{version}.zip"},
                changelog=f"What is new in {version}.",
                published=noon,
            ),
        )


def checks_of(app: DemoApp, day: dt.date, today: dt.date) -> Iterator[tuple[Cell, str]]:
    """The day's checks: fewer on weekends, slowly more devices, updates that take days to spread."""
    cells: dict[tuple[str, ...], Cell] = {}
    age = (today - day).days
    share_awake = 0.42 if day.weekday() >= 5 else 0.63
    for number in range(int(app.devices * (1 - age * 0.006))):
        device = random.Random(f"{app.name}{number}")  # noqa: S311
        daily = random.Random(f"{app.name}{number}{day}")  # noqa: S311
        if daily.random() > share_awake:
            continue
        channel = pick(device, app.channels)
        platform, arch = pick_pair(device, app.platforms)
        version = version_on(device, app, age)
        values = (channel, platform, arch, version)
        if values not in cells:
            cells[values] = Cell(Check(OWNER, app.name, version, channel, platform, arch, "", ""))
        for _ in range(1 + daily.randrange(3)):
            yield cells[values], f"{app.name}-{number}"


def version_on(device: random.Random, app: DemoApp, age: int) -> str:
    """The newest version this device has taken: each release reaches it after its own delay, some never."""
    installed = app.versions[0][0]
    slowness = device.expovariate(1 / 3.0)
    for version, released_days_ago in app.versions[1:]:
        if released_days_ago - age >= slowness * device.uniform(0.3, 1.5) and device.random() > 0.06:
            installed = version
    return installed


def pick(device: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    return device.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def pick_pair(device: random.Random, choices: tuple[tuple[str, str, int], ...]) -> tuple[str, str]:
    return device.choices([(one, two) for one, two, _ in choices], [weight for *_, weight in choices])[0]


def banner(token: str, host: str, directory: str) -> str:
    base = f"http://{host}:{{port}}"
    return f"""
Try, in another terminal:

  An update check, as an installed program sends it:
    curl -i -H 'X-Device-ID: 3f0c9a52-6d1e-4c7b-9a38-5b1f0c2d7e64' \\
      '{base}/checkVersion?owner=demo&app_name=editor&version=2.4.1&channel=stable&platform=linux&arch=amd64'

  The report of the month:
    curl -H 'Authorization: Bearer {token}' '{base}/telemetry?range=month'

  One app, one platform, the last week:
    curl -H 'Authorization: Bearer {token}' '{base}/telemetry?range=week&apps=editor&platforms=linux'

  The same on the command line:
    DATA_DIR={directory} telemetry-counter report --owner demo --range week

Ctrl-C ends the demo and deletes what it holds.
"""
