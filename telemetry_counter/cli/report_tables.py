"""Reports as tables on a terminal."""

from typing import Any

import click

from telemetry_counter.cli.screen import sentence, table
from telemetry_counter.pages.report import LISTED

LONGEST_LIST = 15
"""Rows of a list; the JSON has them all."""
MOST_PLACES = 3

FIGURES = ("total_requests", "unique_clients", "clients_using_latest_version", "clients_outdated")
FIGURE_NAMES = {
    "total_requests": "Requests",
    "unique_clients": "Devices",
    "clients_using_latest_version": "On the latest version",
    "clients_outdated": "Outdated",
    "total_active_apps": "Active apps",
}
PAGE_LISTS = tuple(dimension.plural for dimension in LISTED)

Rows = list[dict[str, Any]]


def show(content: dict[str, Any]) -> None:
    """The report of update checks."""
    show_title(content)
    summary = content["summary"]
    if summary["unique_clients"] is None:
        sentence(f"Requests: {summary['total_requests']:,}; active apps: {summary['total_active_apps']}.")
    else:
        sentence(
            f"Devices: {summary['unique_clients']:,}; requests: {summary['total_requests']:,}; "
            f"active apps: {summary['total_active_apps']}; on the latest version: "
            f"{summary['clients_using_latest_version']:,}; outdated: {summary['clients_outdated']:,}."
        )
    if content.get("previous"):
        show_comparison(summary, content["previous"]["summary"], content["change"])
    devices = summary["unique_clients"] or 0
    show_share("Version", content["versions"]["usage"], "version", devices)
    show_share("Platform", content["platforms"], "platform", devices)
    show_share("Architecture", content["architectures"], "arch", devices)
    show_share("Channel", content["channels"], "channel", devices)
    show_days(content["daily_stats"])
    show_active(content.get("active_devices", []))
    show_end(content)


def show_web(content: dict[str, Any]) -> None:
    """The report of pages."""
    show_title(content)
    summary = content["summary"]
    sentence(
        f"{summary['page_views']:,} page views; visitors day by day add up to "
        f"{summary['sum_of_daily_visitors']:,}."
    )
    for name in PAGE_LISTS:
        rows = content.get(name) or []
        if rows:
            value, *figures = rows[0]
            click.echo()
            head = (name.capitalize(), *(figure.replace("_", " ").capitalize() for figure in figures))
            shown = [(str(row[value]), *(number(row[one]) for one in figures)) for row in rows]
            table(head, shown[:LONGEST_LIST])
            say_rest(len(rows))
    click.echo()
    rows = content["daily_stats"]
    head = tuple(name.replace("_", " ").capitalize() for name in rows[0])
    table(head, [tuple(number(value) for value in row.values()) for row in rows])
    show_end(content)


def show_adoption(content: dict[str, Any]) -> None:
    """How fast releases reach the devices."""
    place = " ".join(filter(None, (content["channel"], content["platform"], content["arch"])))
    click.secho(f"{content['admin']}/{content['app']}, {place}", bold=True)
    rows = []
    names_places = any("only_for" in release for release in content["releases"])
    for release in content["releases"]:
        days = [day for day in release["days"] if day["share"] is not None]
        now = f"{100 * days[-1]['share']:.1f} %" if days else "-"
        reached = (release["days_to"][str(share)] for share in (50, 80, 95))
        took = ("-" if number_of_days is None else f"{number_of_days}" for number_of_days in reached)
        places = (_places(release),) if names_places else ()
        rows.append((release["version"], *places, release["published"][:10], now, *took))
    titled = ("For",) if names_places else ()
    head = ("Release", *titled, "Published", "At or above it", "Days to 50 %", "to 80 %", "to 95 %")
    table(head, rows, empty="No release yet.", breaks_cells=names_places)
    tail = content["stale_tail"]
    click.echo()
    behind = [
        (str(row["releases_behind"]), row["version"], f"{row['client_count']:,}") for row in tail["devices"]
    ]
    table(
        ("Releases behind", "Version", "Devices"),
        [*behind, ("more", "older", f"{tail['older']:,}")],
    )
    sentence(f"Devices of {tail['date_range'][0]} to {tail['date_range'][-1]}, by their newest version.")
    show_end(content)


def _places(release: dict[str, Any]) -> str:
    """The platforms and archs that a release is for."""
    named = (" ".join(filter(None, place.values())) for place in release.get("only_for", ()))
    places = sorted(set(named)) or ["all"]
    rest = len(places) - MOST_PLACES
    return ", ".join(places[:MOST_PLACES]) + (f" and {rest} more" if rest > 0 else "")


def show_title(content: dict[str, Any]) -> None:
    days = content["date_range"]
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    click.secho(f"{content['admin']}, {span} (UTC)", bold=True)


def show_comparison(summary: dict[str, Any], before: dict[str, Any], change: dict[str, Any]) -> None:
    click.echo()
    rows = []
    for name in summary:
        rows.append(
            (FIGURE_NAMES[name], number(summary[name]), number(before[name]), growth(change[name]["percent"]))
        )
    table(("Figure", "Now", "Before", "Change"), rows)


def growth(percent: float | None) -> str:
    if percent is None:
        return "-"
    return f"{percent:+.1f} %" if round(percent, 1) else "0.0 %"


def show_share(title: str, items: Rows, key: str, devices: int) -> None:
    if not items:
        return
    click.echo()
    rows = [
        (item[key], f"{item['client_count']:,}", f"{100 * item['client_count'] / max(devices, 1):.1f} %")
        for item in items[:LONGEST_LIST]
    ]
    table((title, "Devices", "Of all devices"), rows)
    say_rest(len(items))


def show_days(days: Rows) -> None:
    click.echo()
    columns = ("Day (UTC)", "Requests", "Devices", "Latest", "Outdated")
    known = [day for day in days if day["total_requests"] is not None]
    rows = [(day["date"], *(number(day[key]) for key in FIGURES)) for day in known]
    table(columns, rows, empty="No day is known.")


def show_active(days: Rows) -> None:
    if days:
        click.echo()
        rows = [(day["date"], *(number(day[key]) for key in ("daily", "weekly", "monthly"))) for day in days]
        table(("Active devices up to", "Day", "Week", "Month"), rows)


def show_end(content: dict[str, Any]) -> None:
    refused = {reason: hits for reason, hits in content.get("refusals", {}).items() if hits}
    if refused:
        click.echo()
        rows = [(reason, f"{hits:,}") for reason, hits in refused.items()]
        table(("Not counted", "Hits"), rows)
    click.echo()
    for note in content["notes"]:
        sentence(f"Note: {note}")
    sentence(f"Devices are estimates, standard error {content['accuracy']['standard_error_percent']} %.")


def say_rest(length: int) -> None:
    if length > LONGEST_LIST:
        sentence(f"and {length - LONGEST_LIST} more, all of them in the JSON (into a pipe)")


def number(value: object) -> str:
    """Grouped; a dash where nothing is known."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
