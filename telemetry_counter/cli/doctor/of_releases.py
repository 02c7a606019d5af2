"""Whether each app has releases, and whether its programs can get them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.cli.doctor.finding import Finding, good, note
from telemetry_counter.releases.offers import Request
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import version_key
from telemetry_counter.reporting.cells import Cell

OTHER = "(other)"
AHEAD = 0.1
"""Share of the checks that versions above all releases must have to say that one is missing."""


def of_releases(owner: str, app: App, seen: Mapping[Cell, int], now: dt.datetime) -> Iterator[Finding]:
    """`seen`: checks of the last days by cell."""
    name = f"{owner}/{app.name}"
    out = [release for release in app.releases if release.is_out(now)]
    if not app.releases and seen:
        yield note(
            f"{name} has no release: no check is offered anything, and 'latest' is what the programs say",
            f"telemetry-counter release publish {name} VERSION --url URL",
        )
    elif out:
        newest = max(out, key=lambda release: version_key(release.version))
        yield of_newest(name, newest, seen, now)
        yield from of_unreachable(name, out, seen)
    elif app.releases and all(release.withdrawn for release in app.releases):
        yield note(
            f"all releases of {name} are withdrawn", f"telemetry-counter release publish {name} VERSION"
        )
    for release in app.releases:
        if release.published > now and not release.withdrawn:
            yield good(f"{name} {release.version} comes out at {release.published:%Y-%m-%d %H:%M} UTC")


def of_newest(name: str, newest: Release, seen: Mapping[Cell, int], now: dt.datetime) -> Finding:
    ahead: Counter[str] = Counter()
    highest = version_key(newest.version)
    for cell, checks in seen.items():
        if cell.version not in ("", OTHER) and version_key(cell.version) > highest:
            ahead[cell.version] += checks
    if ahead.total() > AHEAD * sum(seen.values()):
        version = ahead.most_common(1)[0][0]
        return note(
            f"the newest release of {name} is {newest.version}, but its programs run {version}",
            f"telemetry-counter release publish {name} {version} --url URL",
        )
    return good(f"the newest release of {name} is {newest.version}, {out_for(newest.published, now)}")


def out_for(published: dt.datetime, now: dt.datetime) -> str:
    """By dates (UTC), as the dashboard counts them."""
    days = (now.date() - published.astimezone(dt.UTC).date()).days
    return "out since today" if days < 1 else f"out for {days} day{'' if days == 1 else 's'}"


def of_unreachable(name: str, out: Sequence[Release], seen: Mapping[Cell, int]) -> Iterator[Finding]:
    requests = {Request(cell.channel, cell.platform, cell.arch) for cell in seen}
    if not requests:
        return
    for release in out:
        if not any(request.matches(release) for request in requests):
            of = ", ".join(filter(None, (release.channel, release.platform, release.arch)))
            yield note(
                f"{name} {release.version} is for {of}, and no program that asked in the last days is",
                f"compare its channel, platform and arch with the report: {examples(requests)}",
            )


def examples(requests: set[Request]) -> str:
    return "; ".join(sorted(", ".join(filter(None, request)) or "nothing said" for request in requests)[:3])
