"""A small flat badge: a label, and a number beside it."""

import re
from html import escape

from telemetry_counter.errors import InvalidInput

MAX_TITLE = 64
DEFAULT_TITLE = "visitor"
NARROW, WIDE = "fijlrtI.,:;|!'()[] -", "mwMW@%"
UNITS = ("", "k", "M", "B")

_DIGITS = re.compile(r"[0-9]{1,12}")

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20"
 role="img" aria-label="{text}">
<title>{text}</title>
<rect width="{left}" height="20" rx="3" fill="#555"/>
<rect x="{left}" width="{right}" height="20" rx="3" fill="#2f7d1f"/>
<rect x="{seam}" width="6" height="20" fill="#555"/><rect x="{left}" width="3" height="20" fill="#2f7d1f"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{label_at}" y="14" textLength="{label_width}">{label}</text>
<text x="{number_at}" y="14" textLength="{number_width}">{number}</text>
</g></svg>
"""


def draw(label: str, number: str) -> str:
    label_width, number_width = text_width(label), text_width(number)
    left, right = label_width + 10, number_width + 10
    return DRAWING.format(
        width=left + right,
        left=left,
        right=right,
        seam=left - 6,
        text=escape(f"{label}: {number}"),
        label=escape(label),
        number=escape(number),
        label_at=left // 2,
        number_at=left + right // 2,
        label_width=label_width,
        number_width=number_width,
    )


def text_width(text: str) -> int:
    """About how wide the text is in Verdana at 11 pixels; textLength makes it fit."""
    return round(sum(4 if c in NARROW else 10 if c in WIDE or ord(c) > 0x2000 else 7 for c in text)) or 4


def short(number: int) -> str:
    """As in 999, 12.3k, 1M: three digits and a bit."""
    value, unit = float(number), 0
    while value >= 999.95 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    if not unit:
        return str(number)
    return f"{value:.1f}".removesuffix(".0") + UNITS[unit]


def read_title(text: str) -> str:
    """The label asked for; the start of a long one."""
    title = "".join(c for c in text if c.isprintable()).strip()
    return title[:MAX_TITLE] or DEFAULT_TITLE


def read_start(text: str) -> int:
    """What another counter had reached. Raises InvalidInput."""
    if not text:
        return 0
    if not _DIGITS.fullmatch(text):
        raise InvalidInput("start must be a whole number of at most 12 digits.")
    return int(text)
