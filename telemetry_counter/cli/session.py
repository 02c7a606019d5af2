"""A command's way to the store: the one in REDIS_URL, or the embedded one, started if nobody runs it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from telemetry_counter.errors import CounterError, InvalidInput, NoSuchAdmin, StoreUnavailable
from telemetry_counter.settings import Settings, load_settings
from telemetry_counter.store.connect import Client, open_client, without_password
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

Result = TypeVar("Result")

CANCEL_SECONDS = 0.1


class NoStore(CounterError):
    """Nothing was ever kept in DATA_DIR."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        super().__init__(
            f"There is no store at {self.directory}. Run this where the service runs, or set DATA_DIR or "
            "REDIS_URL as the service has them; a first store is made by telemetry-counter admin create NAME."
        )


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: Settings
    client: Client
    keys: Keys
    registry: Registry


def run(work: Callable[[Session], Awaitable[Result]], *, makes_store: bool = False) -> Result:
    """Runs `work` against the store of the settings, which is made only if `makes_store`.

    Raises StoreUnavailable with the URL in its sentence, or NoStore.
    """
    settings = load_settings()
    is_new = not settings.redis_url and not holds_store(settings.data_path)
    # Else who is in the wrong directory wonders why the service does not know what was done.
    if is_new and not makes_store:
        raise NoStore(settings.data_path)
    with store_url(settings) as url:
        if is_new:
            click.echo(f"This is in a new store at {settings.data_path.resolve()}.", err=True)
        return asyncio.run(_until_interrupted(_work(settings, url, work)))


def holds_store(directory: Path) -> bool:
    """Whether there was ever one; also True where none can be."""
    from telemetry_counter.store.embedded.store import APPEND_ONLY

    try:
        return (directory / APPEND_ONLY).exists() or (directory.exists() and not directory.is_dir())
    except PermissionError:
        return True  # what is wrong there, the store itself says best


@contextmanager
def store_url(settings: Settings) -> Iterator[str]:
    if settings.redis_url:
        yield settings.redis_url
        return
    from telemetry_counter.store.embedded.store import EmbeddedStore

    with EmbeddedStore(settings.data_path) as store:
        yield store.url


async def _until_interrupted(work: Coroutine[None, None, Result]) -> Result:
    """Python 3.11 loses a cancellation that comes together with an answer (wait_for), so it is said again."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_SECONDS)
        if not task.cancelled():
            task.exception()  # what it failed with on its way out is not told as well
        raise
    return task.result()


async def _work(settings: Settings, url: str, work: Callable[[Session], Awaitable[Result]]) -> Result:
    client = open_client(url, answer_seconds=60)
    keys = Keys(settings.key_prefix)
    try:
        return await work(Session(settings, client, keys, Registry(client, keys)))
    except NoSuchAdmin as error:
        raise NoSuchAdmin(f"{error} Looked in the store at {without_password(url)}.") from error
    except StoreUnavailable as error:
        raise StoreUnavailable(f"The store at {without_password(url)} cannot be used: {error}") from error
    finally:
        await client.aclose()


def split_app(path: str) -> tuple[str, str]:
    """OWNER/APP as two names."""
    owner, slash, app = path.partition("/")
    if not slash or not owner or not app:
        raise InvalidInput(f"{path[:80]!r} is not of the form OWNER/APP.")
    return owner, app
