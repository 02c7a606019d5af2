"""The made-up programs: how many use them, on what, and which versions came out when."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from telemetry_counter.releases.release import Release, release_from_input

STABLE, BETA = "stable", "beta"


@dataclass(frozen=True, slots=True)
class Version:
    """`days_ago` it came out, `withdrawn_days_ago` it was taken back; `rollout`: the per cent it reaches."""

    name: str
    days_ago: int
    channel: str = ""
    critical: bool = False
    required: bool = False
    rollout: int | None = None
    withdrawn_days_ago: int | None = None
    changelog: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """`platforms`: platform, arch, how many use it, and how slowly they update."""

    name: str
    devices: int
    versions: tuple[Version, ...]
    channels: tuple[tuple[str, int], ...]
    platforms: tuple[tuple[str, str, int, float], ...]


DESKTOP = (
    ("windows", "amd64", 46, 1.0),
    ("darwin", "arm64", 26, 0.6),
    ("linux", "amd64", 16, 1.9),
    ("darwin", "amd64", 7, 0.9),
    ("linux", "arm64", 5, 2.4),
)
BROWSERS = (
    ("chrome", "universal", 68, 0.4),
    ("firefox", "universal", 22, 0.5),
    ("edge", "universal", 10, 0.7),
)

EDITOR = Program(
    "editor",
    5_200,
    (
        Version("2.2.4", 300),
        Version("2.2.5", 210),
        Version("2.3.0", 130, changelog="Tabs can be torn off into windows of their own."),
        Version("2.3.1", 80, changelog="Mends printing on paper of unusual sizes."),
        Version(
            "2.4.0",
            26,
            required=True,
            changelog="Documents are kept in a new form; older ones are taken over.",
        ),
        Version("2.4.1", 17, changelog="Mends the taking over of very large documents."),
        Version(
            "2.4.2", 13, withdrawn_days_ago=11, changelog="Faster start. Withdrawn: it crashed while saving."
        ),
        Version("2.4.3", 11, critical=True, changelog="Mends the crash of 2.4.2."),
        Version("2.5.0", 6, changelog="Split view, and export to SVG."),
        Version("2.6.0-beta.1", 9, BETA, changelog="First look at real-time comments."),
        Version("2.6.0-beta.2", 3, BETA, changelog="Comments survive a lost connection."),
    ),
    ((STABLE, 90), (BETA, 10)),
    DESKTOP,
)
PLAYER = Program(
    "player",
    2_100,
    (
        Version("0.9.7", 320),
        Version("0.9.8", 150),
        Version("0.9.9", 40, changelog="Subtitles can be moved."),
        Version("0.9.10", 20, critical=True, changelog="Closes a hole in the reading of playlists."),
        Version("1.0.0", 9, changelog="The first stable edition."),
    ),
    ((STABLE, 100),),
    DESKTOP,
)
EXTENSION = Program(
    "tabs-extension",
    3_400,
    (
        Version("1.0", 340),
        Version("1.1", 120),
        Version("1.2", 22, changelog="Groups of tabs have colours."),
        Version("1.3", 11, changelog="Search in all open tabs."),
        Version("1.4", 3, rollout=20, changelog="Tabs that were not used for a week are put to sleep."),
    ),
    ((STABLE, 100),),
    BROWSERS,
)
PROGRAMS = (EDITOR, PLAYER, EXTENSION)


def releases_of(program: Program, today: dt.date) -> Iterator[Release]:
    for version in program.versions:
        release = release_from_input(
            app=program.name,
            version=version.name,
            channel=version.channel,
            packages={"": f"https://downloads.example.org/{program.name}-{version.name}.zip"},
            changelog=version.changelog,
            critical=version.critical,
            required=version.required,
            rollout_percent=version.rollout,
            published=noon(today, version.days_ago),
        )
        if version.withdrawn_days_ago is not None:
            release = replace(release, withdrawn=noon(today, version.withdrawn_days_ago))
        yield release


def noon(today: dt.date, days_ago: int) -> dt.datetime:
    return dt.datetime.combine(today - dt.timedelta(days=days_ago), dt.time(12), dt.UTC)
