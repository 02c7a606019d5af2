"""The shapes of reports of update checks and of adoption."""

import datetime as dt

from msgspec import UNSET, UnsetType

from telemetry_counter.openapi.shapes import Strict


class Accuracy(Strict):
    """Of the estimates among the figures."""

    method: str
    standard_error_percent: float
    meaning: str
    clients_outdated: str | UnsetType = UNSET


class Totals(Strict):
    """null where devices cannot be united, in a year."""

    total_requests: int
    unique_clients: int | None
    clients_using_latest_version: int | None
    clients_outdated: int | None
    total_active_apps: int


class VersionClients(Strict):
    version: str
    client_count: int


class Versions(Strict):
    used_versions_count: int | None
    known_versions: list[str]
    usage: list[VersionClients]


class PlatformClients(Strict):
    platform: str
    client_count: int


class ArchitectureClients(Strict):
    arch: str
    client_count: int


class ChannelClients(Strict):
    channel: str
    client_count: int


class DailyFigures(Strict):
    """null where nothing is kept of the day."""

    date: dt.date
    total_requests: int | None
    unique_clients: int | None
    clients_using_latest_version: int | None
    clients_outdated: int | None


class DailyVersions(Strict):
    """Devices of each version on that day, most first."""

    date: dt.date
    usage: list[VersionClients]


class Figures(Strict):
    date: dt.date
    date_range: list[dt.date]
    summary: Totals
    versions: Versions
    platforms: list[PlatformClients]
    architectures: list[ArchitectureClients]
    channels: list[ChannelClients]
    daily_stats: list[DailyFigures]


class Change(Strict):
    """`percent` is null where there was nothing before."""

    absolute: int
    percent: float | None


class ActiveDay(Strict):
    """Devices active on the day, and in the 7 and 30 days up to it; null where these are not all kept."""

    date: dt.date
    daily: int | None
    weekly: int | None
    monthly: int | None


class Report(Figures):
    """`previous` and `change` with compare=previous, `active_devices` with include=active, `daily_versions`
    of a single app."""

    admin: str
    refusals: dict[str, int]
    overflow: dict[str, int]
    accuracy: Accuracy
    notes: list[str]
    previous: Figures | UnsetType | None = UNSET
    change: dict[str, Change] | UnsetType | None = UNSET
    active_devices: list[ActiveDay] | UnsetType = UNSET
    daily_versions: list[DailyVersions] | UnsetType = UNSET


class Share(Strict):
    """Of the devices of one day that a release is for, those at or above it. `day` counts from its
    publication."""

    date: dt.date
    day: int
    client_count: int
    of: int
    share: float | None


class ReleasePlace(Strict):
    """'' stands for every one."""

    platform: str
    arch: str


class ReleaseAdoption(Strict):
    """`days_to`: days until that many per cent had it, null where they have not. `only_for`: whom it is for,
    where other releases are for more."""

    version: str
    published: dt.datetime
    withdrawn: bool
    days: list[Share]
    days_to: dict[str, int | None]
    only_for: list[ReleasePlace] | UnsetType = UNSET


class Behind(Strict):
    """Devices by their newest version, and by how many later ones are out for their platform and arch."""

    releases_behind: int
    version: str
    client_count: int


class StaleTail(Strict):
    date_range: list[dt.date]
    devices: list[Behind]
    older: int


class Adoption(Strict):
    admin: str
    app: str
    channel: str
    platform: str
    arch: str
    date_range: list[dt.date]
    releases: list[ReleaseAdoption]
    stale_tail: StaleTail
    accuracy: Accuracy
    notes: list[str]
