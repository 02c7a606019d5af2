"""Numbers, dates and changes as the pages write them. All times are UTC."""

import datetime as dt

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))


def number(value: float | None) -> str:
    """Grouped, as in 12,345; a dash for what is not known."""
    return NONE if value is None else f"{value:,.0f}"


def short(value: float) -> str:
    """For an axis: 1.5k, 20k, 3M."""
    for size, unit in UNITS:
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:g}"


def percent(part: float | None, whole: float | None) -> str:
    """With the accuracy that a part of that size deserves."""
    if part is None or not whole:
        return NONE
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    return f"{share:.1f} %" if share < 10 else f"{share:.0f} %"


def signed_percent(change: float) -> str:
    sign = MINUS if change < 0 else "+"
    size = abs(change)
    return f"{sign}{size:,.0f} %" if size >= 10 else f"{sign}{size:.1f} %"


def counted(count: int, noun: str) -> str:
    """As in 1 day, 3 days."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def day(date: dt.date) -> str:
    """As in Mon 16 Jun 2025."""
    return f"{date:%a} {date.day} {date:%b %Y}"


def short_day(date: dt.date) -> str:
    return f"{date.day} {date:%b}"


def span(days: tuple[dt.date, ...]) -> str:
    if len(days) == 1:
        return day(days[0])
    return f"{day(days[0])} to {day(days[-1])}"


def clock(moment: dt.datetime) -> str:
    return f"{moment:%H:%M} UTC"


def ago(moment: dt.datetime, now: dt.datetime) -> str:
    """As in 4 minutes ago."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return "less than a minute ago"
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, noun)} ago"
    return ""


def age(moment: dt.datetime, now: dt.datetime) -> str:
    """In days, as people say it."""
    days = (now.date() - moment.date()).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")
