"""The page that anybody may see of a public app."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.links import Links, badges, public_stats
from telemetry_counter.dashboard.parts import Bar, BarList, Cell, Chart, Column, Figure, Table
from telemetry_counter.dashboard.scales import share
from telemetry_counter.dashboard.small_charts import share_bar
from telemetry_counter.dashboard.wording import day, number, short_day
from telemetry_counter.reporting.public import FEWEST, GROUPED, RANGES, Public, rows

FEW = f"< {FEWEST}"
TITLES = {
    "versions": "Versions",
    "platforms": "Platforms",
    "architectures": "Architectures",
    "channels": "Channels",
}


@dataclass(frozen=True, slots=True)
class PublicPage:
    """`badges`: what each is of, and its address."""

    app: str
    owner: str
    until: str
    figures: Sequence[Figure]
    chart: Chart | None
    no_chart: str
    lists: Sequence[BarList]
    badges: Sequence[tuple[str, str]]
    policy: str
    stats: str
    fewest: int = FEWEST


def build(owner: str, app: str, public: Public, version: str | None, links: Links) -> PublicPage:
    return PublicPage(
        app=app,
        owner=owner,
        until=day(public.until),
        figures=figures(public, version),
        chart=daily(public) if any(devices for _, devices in public.daily) else None,
        no_chart=f"There was no full day with {FEWEST} devices or more yet.",
        lists=[bars(TITLES[name], name, public) for name in TITLES],
        badges=[(name, links.outside(path)) for name, path in badges(owner, app)],
        policy=links.outside("/telemetry/policy"),
        stats=links.outside(public_stats(owner, app)),
    )


def figures(public: Public, version: str | None) -> list[Figure]:
    on_latest = None if public.on_latest is None else f"{public.on_latest} %"
    devices = public.devices
    return [
        Figure("Devices in 30 days", count(devices["month"])),
        Figure("Devices in 7 days", count(devices["week"])),
        Figure("Devices on the last day", count(devices["day"])),
        Figure("Update checks in 30 days", count(public.requests["month"])),
        Figure("On the latest version", on_latest or "\N{EN DASH}", f"of devices in {RANGES[GROUPED]} days"),
        Figure("Latest version", version or "\N{EN DASH}", "out for at least a day"),
    ]


def count(devices: int | None) -> str:
    return FEW if devices is None else number(devices)


def daily(public: Public) -> Chart:
    known = [(date, devices or 0) for date, devices in public.daily]
    slots = [
        Slot(short_day(date), f"{day(date)}: {count(devices)} devices") for date, devices in public.daily
    ]
    said = f"Devices a day, from {day(known[0][0])} to {day(known[-1][0])}"
    table = Table(
        said,
        [Column("Day"), Column("Devices", is_number=True)],
        [[Cell(date.isoformat()), Cell(count(devices))] for date, devices in reversed(public.daily)],
    )
    return Chart(columns(said, slots, [Panel("", [(devices,) for _, devices in known], ["s0"])]), said, table)


def bars(title: str, dimension: str, public: Public) -> BarList:
    listed = rows(public.groups[dimension], public.devices[GROUPED])
    most = max((row["devices"] for row in listed), default=0)
    shown = [
        Bar(
            label="other" if row["name"] == OTHER else row["name"],
            value=number(row["devices"]),
            share="" if row["percent"] is None else f"{row['percent'] or '< 1'} %",
            drawing=share_bar(share(row["devices"], most), "rest" if row["name"] == OTHER else "s0"),
        )
        for row in listed
    ]
    empty = f"There is no group of {FEWEST} devices or more."
    return BarList(title, f"devices in {RANGES[GROUPED]} days, and their share of all", shown, empty=empty)
