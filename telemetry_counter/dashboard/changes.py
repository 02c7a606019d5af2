"""How a figure moved against the days before."""

from dataclasses import dataclass

from telemetry_counter.dashboard.parts import Change
from telemetry_counter.dashboard.wording import signed_percent
from telemetry_counter.reporting.extras import is_kept
from telemetry_counter.reporting.selection import Reach, Selection

STEADY_PERCENT = 0.5
"""Less is within what an estimate moves by itself."""


@dataclass(frozen=True, slots=True)
class Against:
    """`days`: those before, as a change names them; `said`: a sentence on them for the head of a page."""

    days: str = ""
    said: str = ""


NOTHING_BEFORE = Against()


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


def is_comparable(now: Selection, before: Selection, reach: Reach) -> bool:
    """Whether the days before are kept; a day that has only begun is compared with nothing."""
    return now.days != (reach.today,) and is_kept(before, reach)
