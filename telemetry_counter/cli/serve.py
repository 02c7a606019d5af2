"""serve: the store, the workers, and their end."""

import asyncio
import errno
import logging
import logging.config
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import click

from telemetry_counter import __version__
from telemetry_counter.cli.session import store_url
from telemetry_counter.errors import SettingsError
from telemetry_counter.logs import is_json, log_config
from telemetry_counter.serving.open_files import connections_within, raise_open_files
from telemetry_counter.settings import Settings, load_settings, unknown_names
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry
from telemetry_counter.store.server_facts import expect_at_start

if TYPE_CHECKING:
    from telemetry_counter.serving.sweeper import Bounds

log = logging.getLogger("telemetry_counter.service")

BACKLOG = 2048
NO_ADMIN = "There is no admin yet: `telemetry-counter admin create NAME` makes one and prints its token."
ADMINS_SECONDS = 1.0
GRACE_SECONDS = 4
"""How long open requests may take after SIGTERM; the last commits come after it, see DRAIN_SECONDS."""

TAKEOVER_SECONDS = 1.0
"""Workers of a service that was killed keep its port until they have noticed, some 0.1 s."""


@click.command()
@click.option("--host", help="Address to listen on.  [default: HOST or 127.0.0.1]")
@click.option("--port", help="Port to listen on; 0 picks a free one.  [default: PORT or 8000]")
@click.option("--workers", help="Processes that answer.  [default: WORKERS or 1]")
def serve(host: str | None, port: str | None, workers: str | None) -> None:
    """Run the service."""
    given = {"HOST": host, "PORT": port, "WORKERS": workers}
    # Workers are processes of their own, and learn it from the environment.
    os.environ.update({name: value for name, value in given.items() if value is not None})
    run_service(load_settings())


def run_service(settings: Settings, *, banner: str = "") -> None:
    with ended_by_signals(), closing(listen(settings)) as listener, store_url(settings) as url:
        os.environ["REDIS_URL"] = url
        if settings.redis_url:
            asyncio.run(expect_at_start(url))
        logging.config.dictConfig(log_config(settings.log_level, settings.log_format))
        greet(settings, listener.getsockname()[1])
        if not is_json(settings.log_format) and asyncio.run(has_no_admin(settings, url)):
            click.echo(NO_ADMIN, err=True)
        for name, advice in unknown_names():
            log.warning(".env names %s, which is no setting and is left alone: %s", name, advice)
        if banner:
            click.echo(banner.replace("{port}", str(listener.getsockname()[1])), err=True)
        run_workers(settings, listener)


async def has_no_admin(settings: Settings, url: str) -> bool:
    """For a hint only: False where the store does not answer, which must not stop the start."""
    client = open_client(url)
    try:
        async with asyncio.timeout(ADMINS_SECONDS):
            return not await Registry(client, Keys(settings.key_prefix)).admins()
    except Exception:
        return False
    finally:
        await client.aclose()


def run_workers(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from telemetry_counter.metrics.places import VARIABLE, shared_directory
    from telemetry_counter.serving.connections import Config
    from telemetry_counter.serving.supervisor import Supervisor

    config = Config(
        bounds(settings),
        "telemetry_counter.app:create_app",
        factory=True,
        interface="asgi3",
        workers=settings.workers,
        host=settings.host,
        port=settings.port,
        backlog=BACKLOG,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_config=log_config(settings.log_level, settings.log_format),
    )
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        with shared_directory() as directory:
            os.environ[VARIABLE] = str(directory)
            Supervisor(config, sockets=[listener]).run()


def bounds(settings: Settings) -> "Bounds":
    """What clients may take of each worker; says so where the system grants less than was asked for."""
    from telemetry_counter.serving.sweeper import Bounds

    open_files = raise_open_files()
    most = connections_within(settings.max_connections, open_files)
    if most < settings.max_connections:
        click.echo(
            f"The system lets a process open {open_files:,} files, so a worker holds {most:,} connections at "
            f"once, not MAX_CONNECTIONS={settings.max_connections:,}; raise the limit (ulimit -n, or "
            "LimitNOFILE= in a systemd unit), or lower the setting.",
            err=True,
        )
    return Bounds(most, settings.keep_alive_seconds, settings.request_seconds)


def listen(settings: Settings) -> socket.socket:
    """The socket all workers share; bound here, so that a port in use is one sentence."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bind(listener, (settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        advice = "; --port 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
        raise SettingsError(
            f"HOST and PORT: cannot listen on {where}: {error.strerror or error}{advice}."
        ) from error
    listener.set_inheritable(True)
    return listener


def bind(listener: socket.socket, address: tuple[str, int]) -> None:
    deadline = time.monotonic() + TAKEOVER_SECONDS
    while True:
        try:
            return listener.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ends the process by an exception, so that what was opened is closed in order; also with its terminal.

    uvicorn sends itself the signal again after it has shut down; unhandled, that would end the
    process before the store is stopped.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    def hang_up(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, hang_up)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def greet(settings: Settings, port: int) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    store = "in the store of REDIS_URL" if settings.redis_url else f"in {settings.data_path}"
    say = log.info if is_json(settings.log_format) else partial(click.echo, err=True)
    say(f"telemetry-counter {__version__} at http://{host}:{port}, counts {store}")
    if not is_json(settings.log_format):
        say(f"The dashboard: http://{host}:{port}{settings.root_path}/dashboard")
    if not settings.enable_telemetry:
        say(
            "Telemetry is OFF: update checks are answered, nothing is counted or kept. "
            "Set ENABLE_TELEMETRY=true in the environment or in .env to switch it on."
        )
    sys.stderr.flush()
