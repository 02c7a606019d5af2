"""Counting what may be shown of a public app."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.reporting.cells import ALL
from telemetry_counter.reporting.public import (
    DIMENSIONS,
    GROUPED,
    RANGES,
    Groups,
    Plan,
    Public,
    merge,
    on_latest,
    plan,
    requests_shown,
    shown,
)
from telemetry_counter.reporting.selection import Selection, dates
from telemetry_counter.reporting.slices import LATEST, OUTDATED
from telemetry_counter.reporting.tally import Tally
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import AdminKeys, Keys
from telemetry_counter.store.reading.figures import count_figures, in_one_part
from telemetry_counter.store.reading.reports import Asked
from telemetry_counter.store.reading.unions import count_unions

T = TypeVar("T")

YOUNG = dt.timedelta(days=1)


def settled(app: App, now: dt.datetime) -> App:
    """The app as it was a day ago: without the releases that have been out for less."""
    return replace(app, releases=tuple(one for one in app.releases if one.published <= now - YOUNG))


async def read_public(
    client: Client, keys: Keys, owner: str, app: App, now: dt.datetime, retention_days: int
) -> Public:
    """Raises StoreUnavailable."""
    own = keys.admin(owner)
    yesterday = now.date() - dt.timedelta(days=1)
    days = dates(now.date() - dt.timedelta(days=min(retention_days, RANGES["month"])), yesterday)
    admin = Admin(owner, 0, {app.name: settled(app, now)})
    tally = await Asked(client, own, admin, Selection(days, (app.name,)), now).tally(days)
    recent = tuple(own.day(day) for day in days[-RANGES[GROUPED] :])
    groups = {figure: begin_with(recent, union) for figure, union in tally.unions.items()}
    unions = {figure: union for figure, union in groups.items() if union} | unions_of_days(tally)
    (devices,) = await count_figures(client, own, [in_one_part(unions)])
    hidden = {"v:": young_versions(app, tally, own.day(yesterday), now)}
    plans = {
        name: plan(under(devices, prefix), hidden.get(prefix, ())) for name, prefix in DIMENSIONS.items()
    }
    in_ranges = {name: devices.get(name, 0) for name in RANGES}
    requests = {name: requests_of(tally, length) for name, length in RANGES.items()}
    return Public(
        until=yesterday,
        devices={name: shown(number) for name, number in in_ranges.items()},
        requests={name: requests_shown(number, in_ranges[name]) for name, number in requests.items()},
        daily=[(day, shown(devices.get(day.isoformat(), 0))) for day in days],
        on_latest=on_latest(devices.get(LATEST, 0), devices.get(OUTDATED, 0)),
        groups=await merge_all(client, own, plans, groups, in_ranges[GROUPED]),
    )


async def merge_all(
    client: Client, own: AdminKeys, plans: Mapping[str, Plan], unions: Mapping[str, list[str]], total: int
) -> dict[str, Groups]:
    wanted = {
        name: [
            [key for value in values for key in unions[DIMENSIONS[name] + value]]
            for values in planned.others(total)
        ]
        for name, planned in plans.items()
    }
    counts = iter(
        await count_unions(client, own, [union for of_name in wanted.values() for union in of_name])
    )
    return {
        name: merge(planned, total, [next(counts) for _ in wanted[name]]) for name, planned in plans.items()
    }


def unions_of_days(tally: Tally) -> dict[str, list[str]]:
    """What the devices of each day and of each range are united from."""
    of_days = {day: of_day.unions.get(ALL, []) for day, of_day in tally.days.items()}
    unions = {day.isoformat(): union for day, union in of_days.items()}
    for name, length in RANGES.items():
        unions[name] = [key for day in list(of_days)[-length:] for key in of_days[day]]
    return unions


def requests_of(tally: Tally, length: int) -> int:
    return sum(day.requests for day in list(tally.days.values())[-length:])


def young_versions(app: App, tally: Tally, begin_of_yesterday: str, now: dt.datetime) -> set[str]:
    """Versions published less than a day ago or later, or never, and then not seen before yesterday."""
    published: dict[str, dt.datetime] = {}
    for release in app.releases:
        published[release.version] = min(release.published, published.get(release.version, release.published))
    return {
        version
        for version, sketches in under(tally.unions, "v:").items()
        if (
            published[version] > now - YOUNG
            if version in published
            else len(begin_with((begin_of_yesterday,), sketches)) == len(sketches)
        )
    }


def begin_with(begins: tuple[str, ...], sketches: Sequence[str]) -> list[str]:
    return [sketch for sketch in sketches if sketch.startswith(begins)]


def under(values: Mapping[str, T], prefix: str) -> dict[str, T]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
