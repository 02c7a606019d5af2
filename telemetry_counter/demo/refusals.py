"""What was not counted in the made-up month, and why."""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.outcomes import Reason

OUTAGE_DAYS_AGO = 12
OUTAGE_SHARE = 0.72
"""What of that day was counted nevertheless."""

MONTH = range(31)


@dataclass(frozen=True, slots=True)
class Refusal:
    """About so many a day, on these days ago."""

    app: str
    reason: Reason
    hits: int
    days_ago: Iterable[int] = MONTH


REFUSALS = (
    Refusal("editor", Reason.NO_DEVICE, 24),
    Refusal("editor", Reason.BAD_DEVICE, 2, range(0, 31, 4)),
    Refusal("editor", Reason.INVALID, 210, range(14, 17)),
    Refusal("editor", Reason.INVALID, 3),
    Refusal("editor", Reason.UNDECLARED, 46, range(6)),
    Refusal("editor", Reason.TOO_OLD, 2, range(0, 31, 3)),
    Refusal("editor", Reason.STORE_UNAVAILABLE, 1_480, (OUTAGE_DAYS_AGO,)),
    Refusal("player", Reason.NO_DEVICE, 9),
    Refusal("player", Reason.STORE_UNAVAILABLE, 520, (OUTAGE_DAYS_AGO,)),
    Refusal("tabs-extension", Reason.NO_DEVICE, 31),
    Refusal("tabs-extension", Reason.STORE_UNAVAILABLE, 870, (OUTAGE_DAYS_AGO,)),
    Refusal("docs", Reason.BOT, 96),
    Refusal("docs", Reason.PREFETCH, 18),
    Refusal("docs", Reason.HEAD, 5),
    Refusal("docs", Reason.RATE_LIMITED, 640, (5, 19)),
    Refusal("docs", Reason.STORE_UNAVAILABLE, 140, (OUTAGE_DAYS_AGO,)),
)


def add_refusals(batch: Batch, day: dt.date, days_ago: int, share: float, seed: int) -> None:
    chance = random.Random(f"{seed}/refusals/{day}")  # noqa: S311
    for one in REFUSALS:
        hits = round(one.hits * chance.uniform(0.6, 1.4) * share)
        if days_ago in one.days_ago and hits:
            batch.refuse(one.app, one.reason, hits)
