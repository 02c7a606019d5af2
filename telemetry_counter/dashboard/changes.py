"""How a figure moved against the days before."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from telemetry_counter.dashboard.parts import Change
from telemetry_counter.dashboard.wording import counted, signed_percent, span
from telemetry_counter.reporting.extras import closed_part
from telemetry_counter.reporting.selection import Selection, previous

STEADY_PERCENT = 0.5
"""Less is within what an estimate moves by itself."""

Summary = Mapping[str, int | None]
"""Figures by name."""


def change(now: int, before: int, against: str, *, rising: str = "plain") -> Change | None:
    """None where there was nothing before. `rising`: whether more of it is good, bad or plain."""
    if not before:
        return None
    percent = 100 * (now - before) / before
    if abs(percent) < STEADY_PERCENT:
        return Change(signed_percent(percent), "flat", "plain", against)
    kind = "up" if percent > 0 else "down"
    meaning = rising if kind == "up" else {"good": "bad", "bad": "good"}.get(rising, rising)
    return Change(signed_percent(percent), kind, meaning, against)


@dataclass(frozen=True, slots=True)
class Against:
    """`days`: those before, as a change names them; `said`: a sentence on them for the head of a page.

    `now` and `then`: the figures that are compared, which may be of fewer days than the page shows.
    What either lacks is not compared.
    """

    days: str = ""
    said: str = ""
    now: Summary = field(default_factory=dict)
    then: Summary = field(default_factory=dict)

    def change(self, name: str, *, rising: str = "plain") -> Change | None:
        now, then = self.now.get(name), self.then.get(name)
        return None if now is None or then is None else change(now, then, self.days, rising=rising)


NOTHING_BEFORE = Against()


@dataclass(frozen=True, slots=True)
class Compared:
    """`now`: a page's days that are over, which alone can be compared; `before`: as many before them."""

    now: Selection
    before: Selection
    is_without_today: bool

    @property
    def days(self) -> str:
        return span(self.before.days) + (", without today" if self.is_without_today else "")

    @property
    def how(self) -> str:
        """As the end of a sentence that begins with what is compared."""
        before, number = span(self.before.days), len(self.now.days)
        if not self.is_without_today:
            return f"compared with {before}"
        return (
            f"compared without today: {counted(number, 'closed day')} against the {number} before, {before}"
        )

    def against(self, now: Summary, then: Summary) -> Against:
        return Against(self.days, self.how.replace("compared", "Compared", 1), now, then)


def compared(selection: Selection, today: dt.date) -> Compared | None:
    """None for today alone: a day that has only begun is compared with nothing."""
    closed = closed_part(selection, today)
    return Compared(closed, previous(closed), closed != selection) if closed else None
