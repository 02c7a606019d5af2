"""How fast releases reach their devices: shares by day, days to each threshold, the stale tail."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting.adoption import THRESHOLDS, Question
from telemetry_counter.reporting.milestones import MAX_RELEASES, Milestone, only_for
from telemetry_counter.reporting.report import ACCURACY
from telemetry_counter.reporting.rungs import Rung


@dataclass(frozen=True, slots=True)
class Day:
    """Devices of a day: for each release those at or above it, and those that it is for."""

    day: dt.date
    at_or_above: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Apart:
    """Checks of versions, and of whole cells, that are not told apart, and those nothing is published for."""

    versions: int = 0
    cells: int = 0
    unserved: int = 0


def build(
    admin: str,
    question: Question,
    releases: Sequence[Milestone],
    days: Sequence[Day],
    tail: Mapping[Rung, int],
    apart: Apart,
) -> dict[str, Any]:
    """`tail`: devices by the highest rung that each was on, the first below all releases."""
    rows = [
        _release(release, number, days) | _only_for(release, releases, question)
        for number, release in enumerate(releases)
    ]
    older, *on_rungs = tail.items()
    behind = [
        {
            "releases_behind": rung.behind,
            "version": releases[rung.number].version,
            "client_count": devices,
        }
        for rung, devices in on_rungs
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
            "older": older[1],
        },
        "accuracy": ACCURACY,
        "notes": list(_notes(question, rows, apart)),
    }


def _release(release: Milestone, number: int, days: Sequence[Day]) -> dict[str, Any]:
    published = release.published.date()
    shares = [_share(published, day.day, *day.at_or_above[number]) for day in days if day.day >= published]
    return {
        "version": release.version,
        "published": release.published.isoformat(),
        "withdrawn": release.is_withdrawn,
        "days": shares,
        "days_to": {str(threshold): _days_to(shares, threshold) for threshold in THRESHOLDS},
    }


def _only_for(release: Milestone, every: Sequence[Milestone], question: Question) -> dict[str, Any]:
    places = only_for(release, every, question.place)
    return {"only_for": [{"platform": platform, "arch": arch} for platform, arch in places]} if places else {}


def _share(published: dt.date, day: dt.date, devices: int, of: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "day": (day - published).days,
        "client_count": devices,
        "of": of,
        "share": round(devices / of, 4) if of else None,
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


def _notes(question: Question, rows: Sequence[Mapping[str, Any]], apart: Apart) -> Iterable[str]:
    if not rows:
        yield f"Nothing of {question.app} is published for {question.channel}."
    if len(rows) >= MAX_RELEASES:
        yield f"Only the {MAX_RELEASES} newest releases are shown."
    if any("only_for" in row for row in rows):
        yield "Not every release is for all platforms and archs: its share is of the devices that it is for."
    if apart.unserved:
        yield (
            f"{apart.unserved} requests came from platforms or archs that nothing is published for; "
            "their devices are left out."
        )
    for row in rows:
        shares = row["days"]
        if shares and shares[0]["day"] > 0 and _reaches(shares[0], THRESHOLDS[0]):
            share, first = THRESHOLDS[0], question.days[0]
            yield f"{row['version']} had reached {share} % by {first}, the first day that is looked at."
    if apart.versions:
        yield (
            f"There were more versions than are told apart a day: {apart.versions} requests are counted "
            f"under {OTHER}, which is taken for older than all releases."
        )
    if apart.cells:
        yield f"There were more cells than are told apart a day: {apart.cells} requests are left out."
