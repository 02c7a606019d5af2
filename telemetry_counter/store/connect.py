"""Opening a client of the store, and its errors in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from telemetry_counter.errors import SettingsError, StoreUnavailable

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
"""Longer than any of our scripts takes; a store that is slower counts as away, and its batch is retried."""

PASSING = (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
    OSError,
)
PASSING_WORDS = ("BUSY", "LOADING", "MISCONF", "NOAUTH", "NOREPLICAS", "OOM", "READONLY", "UNBLOCKED")

Client = Redis


class PackedInC:
    """Packs commands six times as fast as the asynchronous client: a commit has hundreds of arguments."""

    def pack_command(self, *args: Any) -> list[bytes]:
        name, *rest = args
        if isinstance(name, str) and " " in name:  # CONFIG SET is two words to the server
            args = (*name.split(), *rest)
        return [hiredis.pack_command(args)]


def open_client(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Client:
    """A client that connects when it is first used, never retries by itself, and answers bytes.

    Raises SettingsError if the URL cannot be read.
    """
    try:
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=answer_seconds,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError as error:
        raise SettingsError(f"REDIS_URL cannot be read: {error}.") from error
    pool.connection_class = type("Connection", (PackedInC, pool.connection_class), {})
    return Redis.from_pool(pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns what passes by itself into StoreUnavailable; other errors of the store stay what they are."""
    try:
        yield
    except PASSING as error:
        raise StoreUnavailable(_sentence(error)) from error
    except ResponseError as error:
        if str(error).startswith(PASSING_WORDS):
            raise StoreUnavailable(_sentence(error)) from error
        raise


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()


def _sentence(error: BaseException) -> str:
    return (
        f"The store does not answer ({type(error).__name__}: {error})" if str(error) else "the store is away"
    )


__all__ = ["Client", "RedisError", "ResponseError", "open_client", "store_errors", "without_password"]
