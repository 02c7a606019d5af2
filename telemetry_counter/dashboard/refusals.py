"""What was not counted: why, when, of which app, and what to do about each."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.dashboard.advice import REASONS, Advice, overflow_advice
from telemetry_counter.dashboard.charts import Panel, Slot, columns
from telemetry_counter.dashboard.lists import DayLead, Lead
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Figure, Key, Table
from telemetry_counter.dashboard.wording import counted, day, number, percent, short_day
from telemetry_counter.reporting.uncounted import Uncounted

TONES = ("s0", "s1", "s2", "s3", "s4", "s5", "s6")
"""Of the most frequent reasons; all others share one more."""

REST = "rest"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, how often and on how many days it was given, and where it leads to more of it."""

    advice: Advice
    code: str
    hits: str
    share: str
    days: str
    apps: str


@dataclass(frozen=True, slots=True)
class Overfull:
    """A dimension of an app that had more distinct values than are told apart."""

    app: str
    what: str
    hits: str
    days: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RefusalsView:
    figures: Sequence[Figure]
    days: Chart | None
    causes: Sequence[Cause]
    apps: Table
    overflow: Sequence[Overfull]
    outages: Table
    off: Sequence[str]
    has_any: bool


def refusals_view(
    found: Uncounted, days: Sequence[dt.date], off: Sequence[dt.date], of_day: DayLead, of_app: Lead
) -> RefusalsView:
    """`off`: days on which no service counted at all."""
    reasons = [reason for reason, _ in found.refused_by(lambda one: one.reason).most_common()]
    return RefusalsView(
        figures=_figures(found, days),
        days=_chart(found, days, reasons, of_day) if found.total and len(days) > 1 else None,
        causes=_causes(found),
        apps=_apps(found, of_app),
        overflow=_overflow(found),
        outages=_outages(found, of_day),
        off=[day(one) for one in off],
        has_any=bool(found.total or found.overflow or off),
    )


def _figures(found: Uncounted, days: Sequence[dt.date]) -> list[Figure]:
    lost = {one: hits for one, hits in found.refused.items() if one.reason is Reason.STORE_UNAVAILABLE}
    bad_days = {one.day for one in lost}
    return [
        Figure("Refused", number(found.total), f"hits in {counted(len(days), 'day')}"),
        Figure(
            "Lost to the store",
            number(sum(lost.values())),
            f"hits on {counted(len(bad_days), 'day')}" if bad_days else "the store took every hit",
        ),
        Figure(
            "Counted under (other)",
            number(found.overflow.total()),
            "beyond a cap on distinct values" if found.overflow else "no cap was reached",
        ),
    ]


def _causes(found: Uncounted) -> list[Cause]:
    """The most frequent first."""
    hits = found.refused_by(lambda one: one.reason)
    days: dict[Reason, set[dt.date]] = defaultdict(set)
    apps: dict[Reason, set[str]] = defaultdict(set)
    for date, app, reason in found.refused:
        days[reason].add(date)
        apps[reason].add(app)
    return [
        Cause(
            advice=REASONS[reason],
            code=reason.value,
            hits=number(count),
            share=percent(count, found.total),
            days=counted(len(days[reason]), "day"),
            apps=", ".join(sorted(apps[reason])),
        )
        for reason, count in hits.most_common()
    ]


def _chart(found: Uncounted, days: Sequence[dt.date], reasons: Sequence[Reason], lead: DayLead) -> Chart:
    """Each day's refusals, the most frequent reasons told apart."""
    shown, others = reasons[: len(TONES)], reasons[len(TONES) :]
    by_day = found.refused_by(lambda one: (one.day, one.reason))
    stacks = [
        [
            *(by_day[date, reason] for reason in shown),
            *([sum(by_day[date, reason] for reason in others)] if others else []),
        ]
        for date in days
    ]
    names = [REASONS[reason].label for reason in shown] + (["Other reasons"] if others else [])
    tones = [*TONES[: len(shown)], *([REST] if others else [])]
    slots = [
        Slot(short_day(date), f"{day(date)}: {number(sum(stack))} refused", lead(date))
        for date, stack in zip(days, stacks, strict=True)
    ]
    description = "Refused hits of each day, by reason"
    table = Table(
        description,
        [Column("Day"), Column("All", is_number=True), *(Column(name, is_number=True) for name in names)],
        [
            [
                Cell(day(date), lead(date)),
                Cell(number(sum(stack))),
                *(Cell(number(hits)) for hits in stack),
            ]
            for date, stack in zip(days, stacks, strict=True)
        ],
    )
    legend = [Key(name, tone) for name, tone in zip(names, tones, strict=True)]
    return Chart(columns(description, slots, [Panel("", stacks, tones, 200)]), description, table, legend)


def _apps(found: Uncounted, lead: Lead) -> Table:
    by_app = found.refused_by(lambda one: one.app)
    by_reason = found.refused_by(lambda one: (one.app, one.reason))
    rows = []
    for app, hits in by_app.most_common():
        most = max(REASONS, key=lambda reason: by_reason[app, reason])
        share = percent(by_reason[app, most], hits)
        rows.append(
            [
                Cell(app, lead(app)),
                Cell(number(hits)),
                Cell(percent(hits, found.total)),
                Cell(REASONS[most].label, note=f"{share} of its refusals"),
            ]
        )
    titles = [Column("App"), Column("Refused", True), Column("Share of all", True), Column("Most often")]
    return Table("Refused hits of each app", titles, rows, empty="Nothing was refused.")


def _overflow(found: Uncounted) -> list[Overfull]:
    by_place = found.overflow_by(lambda one: (one.app, one.of, one.what))
    rows = []
    for (app, of, what), hits in by_place.most_common():
        days = {one.day for one in found.overflow if (one.app, one.of, one.what) == (app, of, what)}
        rows.append(
            Overfull(
                app=app,
                what=f"{what.replace('_', ' ')} of {of}",
                hits=number(hits),
                days=counted(len(days), "day"),
                remedy=overflow_advice(of, what),
            )
        )
    return rows


def _outages(found: Uncounted, lead: DayLead) -> Table:
    lost: dict[dt.date, Counter[str]] = defaultdict(Counter)
    for one, hits in found.refused.items():
        if one.reason is Reason.STORE_UNAVAILABLE:
            lost[one.day][one.app] += hits
    rows = [
        [
            Cell(day(date), lead(date)),
            Cell(number(apps.total())),
            Cell(", ".join(f"{app} {number(hits)}" for app, hits in apps.most_common())),
        ]
        for date, apps in sorted(lost.items(), reverse=True)
    ]
    titles = [Column("Day"), Column("Hits lost", is_number=True), Column("Of which apps")]
    return Table("Days on which the store was away", titles, rows, empty="The store took every hit.")
