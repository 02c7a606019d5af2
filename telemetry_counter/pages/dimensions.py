"""What is kept per site and day: one table that both writing and reading go by."""

from dataclasses import dataclass
from enum import Enum

SPACE = "w"
"""The commit's name for sums of pages."""

ALL, OPTED_OUT = "all", "opted_out"
"""Fields without a dimension: page views, and those of people who asked not to be recognised."""

PAIR_MARK = "\t"
"""Between referrer and path: no text that is taken holds it."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """`prefix` begins its fields; `plural` and `singular` are its names in the report.

    `cap` is the most distinct values a day: 0 for a closed list, None for the operator's setting.
    """

    prefix: str
    plural: str
    singular: str
    cap: int | None = None
    is_sketched: bool = True


class By(Enum):
    """No prefix begins another, or with '#' or 'o:', which the commit keeps for itself."""

    PATH = Dimension("p:", "pages", "path", cap=2_000)
    REFERRER = Dimension("r:", "referrers", "referrer")
    PAIR = Dimension("x:", "pages_by_referrer", "pair", cap=2_000)
    BROWSER = Dimension("b:", "browsers", "browser")
    SYSTEM = Dimension("s:", "systems", "system")
    DEVICE = Dimension("d:", "devices", "device", cap=0)
    LANGUAGE = Dimension("l:", "languages", "language")
    COUNTRY = Dimension("c:", "countries", "country")
    HOUR = Dimension("h:", "hours", "hour", cap=0, is_sketched=False)
    EVENT = Dimension("e:", "events", "event")
    SOURCE = Dimension("us:", "utm_sources", "utm_source")
    MEDIUM = Dimension("um:", "utm_mediums", "utm_medium")
    CAMPAIGN = Dimension("uc:", "utm_campaigns", "utm_campaign")
