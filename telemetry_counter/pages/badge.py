"""A small flat badge: a label, and a number beside it."""

import re
from html import escape

from telemetry_counter.errors import InvalidInput

MAX_TITLE = 64
DEFAULT_TITLE = "visitor"
UNITS = ("", "k", "M", "B")

_DIGITS = re.compile(r"[0-9]{1,12}")

BRIGHT_GREEN, GREEN, BLUE, LIGHT_GREY = "#4c1", "#97ca00", "#007ec6", "#9f9f9f"
COLORS = {
    "brightgreen": BRIGHT_GREEN,
    "green": GREEN,
    "yellowgreen": "#a4a61d",
    "yellow": "#dfb317",
    "orange": "#fe7d37",
    "red": "#e05d44",
    "blue": BLUE,
    "lightgrey": LIGHT_GREY,
    "grey": "#555",
}
"""The names and colours of shields.io."""

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

# Verdana's widths in thousandths of its size, from the space on.
WIDTHS = (
    "352 394 459 818 636 1076 727 269 454 454 636 818 364 454 364 454 636 636 636 636 636 636 636 636 636 "
    "636 454 454 818 818 818 545 1000 684 686 698 771 632 575 775 751 421 455 693 557 843 748 787 603 787 "
    "695 684 616 732 684 989 685 615 685 454 454 454 818 636 636 601 623 521 623 596 352 623 633 274 344 "
    "592 274 973 633 607 623 623 427 521 394 633 592 818 592 592 525 635 454 635 818 "
)
CHARACTER_WIDTHS = {chr(code): int(width) for code, width in enumerate(WIDTHS.split(), ord(" "))}
OTHER_WIDTH = 1000
PADDING = 5
TOO_LIGHT_FOR_WHITE = 0.69
"""Brightness from which shields.io writes in dark."""

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20"
 role="img" aria-label="{text}">
<title>{text}</title>
<linearGradient id="s" x2="0" y2="100%">
<stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/>
</linearGradient>
<clipPath id="r"><rect width="{width}" height="20" rx="3" fill="#fff"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#555"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<rect width="{width}" height="20" fill="url(#s)"/></g>
<g text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif"
 text-rendering="geometricPrecision" font-size="110">{label}{number}</g>
</svg>
"""
WRITING = """
<text aria-hidden="true" x="{x}" y="150" fill="{shadow}" fill-opacity=".3" transform="scale(.1)"
 textLength="{length}">{text}</text>
<text x="{x}" y="140" transform="scale(.1)" fill="{ink}" textLength="{length}">{text}</text>"""


def draw(label: str, number: str, color: str = BRIGHT_GREEN) -> str:
    """In the style that shields.io calls flat. `color` is one that read_color gave."""
    label_width, number_width = text_width(label), text_width(number)
    left, right = label_width + 2 * PADDING, number_width + 2 * PADDING
    return DRAWING.format(
        width=left + right,
        left=left,
        right=right,
        color=color,
        text=escape(f"{label}: {number}"),
        label=_write(label, 1, label_width, False),
        number=_write(number, left - 1, number_width, brightness(color) > TOO_LIGHT_FOR_WHITE),
    )


def _write(text: str, left: int, width: int, is_dark: bool) -> str:
    return WRITING.format(
        x=round(10 * (left + width / 2 + PADDING)),
        length=10 * width,
        ink="#333" if is_dark else "#fff",
        shadow="#ccc" if is_dark else "#010101",
        text=escape(text),
    )


def text_width(text: str) -> int:
    """How wide the text is in Verdana at 11 pixels, an odd number so that it stays sharp."""
    width = sum(CHARACTER_WIDTHS.get(character, OTHER_WIDTH) for character in text) * 11 // 1000
    return width + 1 - width % 2


def brightness(color: str) -> float:
    """From 0 to 1."""
    digits = color.removeprefix("#")
    wide = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    red, green, blue = (int(wide[at : at + 2], 16) for at in (0, 2, 4))
    return (299 * red + 587 * green + 114 * blue) / 255_000


def read_color(text: str) -> str:
    """One of COLORS, or three or six hexadecimal digits. Raises InvalidInput."""
    found = COLORS.get(text) or (f"#{digits[1]}" if (digits := _HEX.fullmatch(text)) else "")
    if not found:
        raise InvalidInput(f"color must be one of {', '.join(COLORS)}, or like 4c1 or 44cc11.")
    return found


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
