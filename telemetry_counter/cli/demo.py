"""demo: a running service with a believable month in it."""

import datetime as dt
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from types import FrameType

import click

from telemetry_counter.cli.session import Session, run
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.demo.month import OWNER, TEAM_USER, Month, Tokens


@click.command()
@click.option("--host", help="Address to listen on.  [default: HOST or 127.0.0.1]")
@click.option("--port", help="Port to listen on; 0 picks a free one.  [default: PORT or 8000]")
def demo(host: str | None, port: str | None) -> None:
    """Run a service with a made-up month in it; what it holds is gone when it ends."""
    from telemetry_counter.cli.serve import ended_by_signals, run_service
    from telemetry_counter.settings import load_settings

    given = {"HOST": host, "PORT": port, "ENABLE_TELEMETRY": "true", "REDIS_URL": "", "KEY_PREFIX": ""}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    with ended_by_signals(), tempfile.TemporaryDirectory(prefix="telemetry-counter-demo-") as directory:
        os.environ["DATA_DIR"] = directory
        settings = load_settings()
        from telemetry_counter.store.embedded.store import EmbeddedStore

        # Held open over both steps, so that the store is not started twice.
        with EmbeddedStore(settings.data_path):
            with told_to_end() as told:
                tokens = run(partial(populate, told), makes_store=True)
            run_service(settings, banner=banner(tokens, settings.host, directory))


@contextmanager
def told_to_end() -> Iterator[Event]:
    """Notes Ctrl-C, at which asyncio would cancel: that may be swallowed on its way. A second ends it."""
    told = Event()

    def note(number: int, frame: FrameType | None) -> None:
        if told.is_set():
            raise SystemExit(0)
        told.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def populate(told: Event, session: Session) -> Tokens:
    from rich.console import Console
    from rich.progress import track

    month = Month(session.settings, session.client, session.keys, UtcDay())
    console = Console(stderr=True)

    def progress(days: Sequence[dt.date]) -> Iterator[dt.date]:
        for day in track(days, "Making up a month", console=console, transient=True):
            yield day
            leave_if(told)

    tokens = await month.fill(progress)
    leave_if(told)
    return tokens


def leave_if(told: Event) -> None:
    if told.is_set():
        raise click.exceptions.Exit(0)


def banner(tokens: Tokens, host: str, directory: str) -> str:
    base = f"http://{host}:{{port}}"
    return f"""
The dashboard: {base}/dashboard
  Sign in with the admin's token, or with that of a team user, who sees all figures, filters only by
  what is granted, and changes nothing:
    {OWNER}  {tokens.admin}
    {TEAM_USER}  {tokens.team}
What everybody may see of one app: {base}/public/{OWNER}/editor

Try, in another terminal:

  An update check, as an installed program sends it:
    curl -i -H 'X-Device-ID: 3f0c9a52-6d1e-4c7b-9a38-5b1f0c2d7e64' \\
      '{base}/checkVersion?owner={OWNER}&app_name=editor&version=2.4.1&channel=stable&platform=linux&arch=amd64'

  The report of the month, and the pages of its site:
    curl -H 'Authorization: Bearer {tokens.admin}' '{base}/telemetry?range=month'
    curl -H 'Authorization: Bearer {tokens.admin}' '{base}/telemetry/web?range=month&apps=docs'

  The same on the command line, for one app and the last week:
    DATA_DIR={directory} telemetry-counter report --owner {OWNER} --range week --apps editor

Ctrl-C ends the demo and deletes what it holds.
"""
