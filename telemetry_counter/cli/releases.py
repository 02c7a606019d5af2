"""release: publish, list, withdraw."""

import datetime as dt
from itertools import groupby
from typing import TextIO

import click

from telemetry_counter.cli.published import Publication, reach, sentences
from telemetry_counter.cli.screen import table
from telemetry_counter.cli.session import Session, run, split_app
from telemetry_counter.cli.tables import is_terminal, print_table
from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.releases.packages import LOOKED_FOR
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.releases.versions import version_key


@click.group()
def release() -> None:
    """Releases: what update checks are answered with, and what the reports call latest."""


@release.command("publish")
@click.argument("path", metavar="OWNER/APP")
@click.argument("version")
@click.option("--channel", default="", help="Default: every channel.")
@click.option("--platform", default="", help="Default: every platform.")
@click.option("--arch", default="", help="Default: every architecture.")
@click.option("--url", default="", help="Where the update is downloaded.")
@click.option(
    "--package",
    default="",
    help=f"Which package the URL is for, such as deb or dmg. Updaters look for {LOOKED_FOR}. "
    "Default: the plain one, for all.",
)
@click.option("--changelog", type=click.File(), help="A file with what is new; - reads stdin.")
@click.option("--critical", is_flag=True, help="Tell clients that the update matters.")
@click.option("--required", is_flag=True, help="An intermediate release that no update may skip.")
@click.option("--rollout", type=click.IntRange(0, 100), help="Offer it to that percentage of devices.")
@click.option("--seed", default="", help="What the rollout is drawn by.  [default: the release's id]")
@click.option("--signature", default="", help="The updater's signature of the package (Tauri).")
@click.option(
    "--published",
    default="",
    help="now, or when, in ISO 8601; a time to come schedules it.  [default: now, or as it is scheduled]",
)
def publish(
    path: str,
    version: str,
    channel: str,
    platform: str,
    arch: str,
    url: str,
    package: str,
    changelog: TextIO | None,
    critical: bool,
    required: bool,
    rollout: int | None,
    seed: str,
    signature: str,
    published: str,
) -> None:
    """Publish a release, or add a package to one; the app is created if need be."""
    owner, app = split_app(path)
    if package and not url:
        raise InvalidInput("--package needs the --url of that package.")
    given = release_from_input(
        app=app,
        version=version,
        channel=channel,
        platform=platform,
        arch=arch,
        packages={package: url} if url else {},
        changelog=changelog.read() if changelog else "",
        critical=critical,
        required=required,
        rollout_percent=rollout,
        rollout_seed=seed,
        signature=signature,
        published=read_moment(published),
    )
    published_now = run(lambda session: publish_in(session, owner, given, is_timed=published != ""))
    for sentence in sentences(path, given, published_now, dt.datetime.now(dt.UTC)):
        click.echo(sentence, err=True)


async def publish_in(session: Session, owner: str, given: Release, is_timed: bool) -> Publication:
    apps = await session.registry.apps(owner)
    old = next((one for one in await session.registry.releases(owner) if one.id == given.id), None)
    stored = await session.registry.publish(owner, given, is_timed=is_timed)
    return Publication(None if given.app in apps else apps, old, stored)


@release.command("list")
@click.argument("path", metavar="OWNER[/APP]")
def list_releases(path: str) -> None:
    """List the releases of an app, or of all apps of an admin."""
    owner, _, app = path.partition("/")
    releases = [one for one in run(lambda session: session.registry.releases(owner)) if app in ("", one.app)]
    releases.sort(key=lambda one: (one.app, version_key(one.version), one.id))
    empty = f"{path} has no release yet: telemetry-counter release publish {owner}/{app or 'APP'} VERSION"
    if not releases or not is_terminal():
        print_table(PIPED, [row(one) for one in releases], empty=empty)
        return
    for name, of_app in groupby(releases, key=lambda one: one.app):
        if not app:
            click.secho(f"{owner}/{name}", bold=True)
        table(COLUMNS, [shown(one) for one in of_app], breaks_cells=True)


@release.command("withdraw")
@click.argument("path", metavar="OWNER/APP")
@click.argument("which", metavar="VERSION_OR_ID")
def withdraw(path: str, which: str) -> None:
    """Offer a version, or one release of it by its id, no more; the history keeps it."""
    owner, app = split_app(path)
    for release in run(lambda session: withdraw_all(session, owner, app, which)):
        click.echo(f"{path} {release.version} for {reach(release)} is withdrawn.", err=True)


async def withdraw_all(session: Session, owner: str, app: str, which: str) -> list[Release]:
    of_app = [one for one in await session.registry.releases(owner) if one.app == app]
    meant = [one for one in of_app if which in (one.version, one.id)]
    if not meant:
        raise NotFound(f"{owner}/{app} has no release {which[:64]}.")
    return [await session.registry.withdraw(owner, one.id) for one in meant]


PIPED = ("Id", "App", "Version", "Channel", "Platform", "Arch", "Published (UTC)", "State", "Packages")
COLUMNS = ("Version", "For", "Published (UTC)", "State", "Packages", "Id")
"""On a terminal, where nine have no room: of one app."""


def row(release: Release) -> tuple[str, ...]:
    marks = [("critical", release.critical), ("required", release.required)]
    state = state_of(release, dt.datetime.now(dt.UTC))
    return (
        release.id,
        release.app,
        release.version,
        release.channel or "every",
        release.platform or "every",
        release.arch or "every",
        f"{release.published:%Y-%m-%d %H:%M}",
        " ".join([state, *(mark for mark, is_set in marks if is_set)]),
        ", ".join(name or "plain" for name in release.packages) or "none",
    )


def shown(release: Release) -> tuple[str, ...]:
    id_, _, version, *_, published, state, packages = row(release)
    stated = " ".join(filter(None, (release.channel, release.platform, release.arch)))
    return version, stated or "all", published, state, packages, id_


def state_of(release: Release, now: dt.datetime) -> str:
    if release.withdrawn and release.withdrawn <= now:
        return "withdrawn"
    if release.published > now:
        return "scheduled"
    return f"rollout {release.rollout_percent}%" if release.is_staged else "out"


def read_moment(text: str) -> dt.datetime:
    if text.lower() in ("", "now"):
        return dt.datetime.now(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"--published {text[:40]!r} is neither now nor a time like 2025-06-16T12:00:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
