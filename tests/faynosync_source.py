"""A faynoSync's Redis as its own service fills it, and the report it gives of that."""

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from redis import Redis

OWNER = "acme"
APPS = ("editor", "player")
VERSIONS = ("0.9.0", "1.0.0", "1.1.0-beta", "1.1.0")
LATEST = VERSIONS[-1]
MONTH_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Hit:
    """`has_update` None: the client did not say whether it is the latest."""

    day: dt.date
    app: str
    device: str
    version: str
    channel: str
    platform: str
    arch: str
    has_update: bool | None


def week(last_day: dt.date, devices: int) -> list[Hit]:
    """Most devices ask several times a day and stay what they are; some update, some are of two kinds."""
    rng = random.Random(7)
    return [hit for number in range(devices) for hit in _of_device(rng, last_day, f"device-{number}")]


def _of_device(rng: random.Random, last_day: dt.date, device: str) -> Iterator[Hit]:
    app, version = rng.choice(APPS), rng.choice(VERSIONS)
    channel, platform = (
        rng.choice(("stable", "stable", "beta")),
        rng.choice(("linux", "darwin", "windows", "")),
    )
    arch = rng.choice(("amd64", "arm64"))
    is_odd, updates_on, says = rng.random() < 0.1, rng.randrange(20), rng.random() < 0.9
    for back in range(7, -1, -1):
        if rng.random() < 0.4:
            continue
        for _ in range(rng.randrange(1, 4)):
            if back == updates_on:
                version = LATEST
            has_update = version != LATEST if says else None
            day = last_day - dt.timedelta(days=back)
            yield Hit(day, app, device, version, channel, platform, arch, has_update)
            if is_odd:
                yield Hit(day, APPS[0], device, version, "nightly", "universal", arch, has_update)


def fill(client: Redis, hits: Iterable[Hit]) -> None:
    """The commands of its service for each hit, one after the other."""
    known: dict[str, set[str]] = {}
    pipeline = client.pipeline(transaction=False)
    for hit in hits:
        base = f"stats:{OWNER}:{hit.app}"
        versions = known.setdefault(base, set())
        versions.add(hit.version)
        _count(pipeline, base, hit, versions)
        if len(pipeline) > 2_000:
            pipeline.execute()
    pipeline.execute()


def _count(pipeline: Redis, base: str, hit: Hit, versions: set[str]) -> None:
    day = hit.day.isoformat()

    def touch(command: str, key: str) -> None:
        getattr(pipeline, command)(key, *([] if command == "incr" else [hit.device]))
        pipeline.expire(key, MONTH_SECONDS)

    touch("incr", f"{base}:requests:{day}")
    touch("sadd", f"{base}:unique_clients:{day}")
    for kind, value in (("channels", hit.channel), ("platforms", hit.platform), ("architectures", hit.arch)):
        if value:
            touch("sadd", f"{base}:{kind}:{day}:{value}")
    pipeline.sadd(f"{base}:known_versions", hit.version)
    pipeline.expire(f"{base}:known_versions", MONTH_SECONDS)
    pipeline.smembers(f"{base}:known_versions")
    for version in versions - {hit.version}:
        touch("srem", f"{base}:version_usage:{day}:{version}")
    touch("sadd", f"{base}:version_usage:{day}:{hit.version}")
    if hit.has_update is not None:
        gone, come = "clients_using_latest_version", "clients_outdated"
        if not hit.has_update:
            gone, come = come, gone
        touch("srem", f"{base}:{gone}:{day}")
        touch("sadd", f"{base}:{come}:{day}")


@dataclass(slots=True)
class Report:
    """Exactly what its Lua script counts; devices as sets."""

    requests: int = 0
    unique: set[str] = field(default_factory=set)
    latest: set[str] = field(default_factory=set)
    outdated: set[str] = field(default_factory=set)
    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def report(client: Redis, days: Iterable[dt.date], apps: Iterable[str], **filters: frozenset[str]) -> Report:
    """`filters`: by kind ('channels') the values of which a device must have one that day."""
    told = Report()
    for app in apps:
        for day in days:
            _add(told, client, f"stats:{OWNER}:{app}", day.isoformat(), filters)
    return told


def _add(told: Report, client: Redis, base: str, day: str, filters: dict[str, frozenset[str]]) -> None:
    def members(key: str) -> set[str]:
        found: set[bytes] = client.smembers(f"{base}:{key}")  # type: ignore[assignment]
        return {one.decode() for one in found}

    told.requests += int(client.get(f"{base}:requests:{day}") or 0)
    clients = members(f"unique_clients:{day}")
    for kind, values in filters.items():
        clients &= set().union(*(members(f"{kind}:{day}:{value}") for value in values))
    told.unique |= clients
    told.latest |= members(f"clients_using_latest_version:{day}") & clients
    told.outdated |= members(f"clients_outdated:{day}") & clients
    for kind in ("channels", "platforms", "architectures", "version_usage"):
        begin = f"{base}:{kind}:{day}:"
        for key in client.scan_iter(begin + "*", count=10_000):
            value = key.decode().removeprefix(begin)
            if value in filters.get(kind, {value}):
                of_value = members(f"{kind}:{day}:{value}") & clients
                if of_value:
                    told.values.setdefault((kind, value), set()).update(of_value)
