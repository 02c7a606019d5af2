"""How fast releases reach their devices: shares by day, days to each threshold, the stale tail."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting.adoption import MAX_RELEASES, THRESHOLDS, Milestone, Question
from telemetry_counter.reporting.report import ACCURACY


@dataclass(frozen=True, slots=True)
class Day:
    """Devices of a day: all of them, and those at or above each release."""

    day: dt.date
    devices: int
    at_or_above: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Checks of versions, and of whole cells, that are not told apart."""

    versions: int = 0
    cells: int = 0


def build(
    admin: str,
    question: Question,
    releases: Sequence[Milestone],
    days: Sequence[Day],
    tail: Sequence[int],
    folded: Folded,
) -> dict[str, Any]:
    """`tail`: devices whose newest version is in each band, the first below all releases."""
    rows = [_release(release, number, days) for number, release in enumerate(releases)]
    behind = [
        {"releases_behind": len(releases) - number, "version": release.version, "client_count": devices}
        for number, (release, devices) in enumerate(zip(releases, tail[1:], strict=True), start=1)
    ]
    return {
        "admin": admin,
        "app": question.app,
        "channel": question.channel,
        "platform": question.platform,
        "arch": question.arch,
        "date_range": [day.isoformat() for day in question.days],
        "releases": rows[::-1],
        "stale_tail": {
            "date_range": [day.isoformat() for day in question.tail],
            "devices": behind[::-1],
            "older": tail[0],
        },
        "accuracy": ACCURACY,
        "notes": list(_notes(question, releases, rows, folded)),
    }


def _release(release: Milestone, number: int, days: Sequence[Day]) -> dict[str, Any]:
    published = release.published.date()
    shares = [_share(published, day, day.at_or_above[number]) for day in days if day.day >= published]
    return {
        "version": release.version,
        "published": release.published.isoformat(),
        "withdrawn": release.is_withdrawn,
        "days": shares,
        "days_to": {str(threshold): _days_to(shares, threshold) for threshold in THRESHOLDS},
    }


def _share(published: dt.date, day: Day, devices: int) -> dict[str, Any]:
    return {
        "date": day.day.isoformat(),
        "day": (day.day - published).days,
        "client_count": devices,
        "of": day.devices,
        "share": round(devices / day.devices, 4) if day.devices else None,
    }


def _days_to(shares: Sequence[Mapping[str, Any]], threshold: int) -> int | None:
    """None where it is not reached, or was before the first day that is asked about."""
    reached = next((row for row in shares if _reaches(row, threshold)), None)
    if reached is None or (reached is shares[0] and reached["day"] > 0):
        return None
    return int(reached["day"])


def _reaches(row: Mapping[str, Any], threshold: int) -> bool:
    # By the counts: the share is rounded.
    return bool(row["of"]) and 100 * row["client_count"] >= threshold * row["of"]


def _notes(
    question: Question, releases: Sequence[Milestone], rows: Iterable[Mapping[str, Any]], folded: Folded
) -> Iterable[str]:
    if not releases:
        yield f"Nothing of {question.app} is published for {question.channel}."
    if len(releases) == MAX_RELEASES:
        yield f"Only the {MAX_RELEASES} newest releases are shown."
    for row in rows:
        shares = row["days"]
        if shares and shares[0]["day"] > 0 and _reaches(shares[0], THRESHOLDS[0]):
            share, first = THRESHOLDS[0], question.days[0]
            yield f"{row['version']} had reached {share} % by {first}, the first day that is looked at."
    if folded.versions:
        yield (
            f"There were more versions than are told apart a day: {folded.versions} requests are counted "
            f"under {OTHER}, which is taken for older than all releases."
        )
    if folded.cells:
        yield f"There were more cells than are told apart a day: {folded.cells} requests are left out."
