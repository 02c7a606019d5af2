"""REDIS_URL, read: one server, the primary that sentinels name, or a cluster."""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

HOSTS = "host:port[,host:port...]"
SERVER_FORM = "redis://[user:password@]host:port[/db]"
SENTINEL_FORM = f"redis+sentinel://[user:password@]{HOSTS}/service-name[/db]"
CLUSTER_FORM = f"redis+cluster://[user:password@]{HOSTS}"
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
"""With a second s: over TLS."""

SENTINEL_PORT, CLUSTER_PORT = 26379, 6379
SENTINEL_OPTIONS = {"sentinel_username": "username", "sentinel_password": "password"}
"""Of the sentinels themselves, where they ask for one."""

Host = tuple[str, int]


class Kind(Enum):
    SERVER = "server"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is one server's, with the user, the password and the options that all of them share."""

    kind: Kind
    url: str
    hosts: tuple[Host, ...] = ()
    service: str = ""
    sentinel: tuple[tuple[str, str], ...] = ()
    """User name and password of the sentinels, if given."""


def read_address(url: str) -> Address:
    """Raises ValueError with what REDIS_URL must be; the URL is not repeated, it may hold a password."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    scheme, _, kind = parts.scheme.partition("+")
    path = [unquote(part) for part in parts.path.split("/") if part]
    if not kind:
        if scheme != "unix" and not _is_at_most_a_database(path):
            raise ValueError(f"must be of the form {SERVER_FORM}, with the database as a number")
        return Address(Kind.SERVER, url)
    user, _, hosts = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query))
    sentinel = tuple((name, query.pop(given)) for given, name in SENTINEL_OPTIONS.items() if given in query)
    at = f"{user}@" if user else ""
    if kind == Kind.SENTINEL.value:
        service, db = _service_of(path)
        shared = f"{scheme}://{at}localhost/{db}?{urlencode(query)}"
        return Address(Kind.SENTINEL, shared, _hosts(hosts, SENTINEL_PORT, SENTINEL_FORM), service, sentinel)
    if path or sentinel:
        raise ValueError(f"must be of the form {CLUSTER_FORM}: a cluster has one database and no sentinels")
    shared = f"{scheme}://{at}localhost?{urlencode(query)}"
    return Address(Kind.CLUSTER, shared, _hosts(hosts, CLUSTER_PORT, CLUSTER_FORM))


def _service_of(path: list[str]) -> tuple[str, str]:
    match path:
        case [service]:
            return service, "0"
        case [service, db] if _is_at_most_a_database([db]):
            return service, db
    raise ValueError(f"must be of the form {SENTINEL_FORM}")


def _is_at_most_a_database(path: list[str]) -> bool:
    return not path or (len(path) == 1 and path[0].isascii() and path[0].isdecimal())


def _hosts(listed: str, port: int, form: str) -> tuple[Host, ...]:
    try:
        parts = [urlsplit(f"//{one}") for one in listed.split(",")]
        hosts = tuple((one.hostname or "", one.port or port) for one in parts)
    except ValueError:
        hosts = ()
    if not hosts or not all(name for name, _ in hosts):
        raise ValueError(f"must be of the form {form}")
    return hosts


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    netloc = parts.netloc
    user, at, hosts = netloc.rpartition("@")
    if ":" in user:
        netloc = f"{user.partition(':')[0]}:***{at}{hosts}"
    query = re.sub(r"(?i)(password=)[^&]*", r"\1***", parts.query)
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return parts._replace(netloc=netloc, query=query).geturl()
