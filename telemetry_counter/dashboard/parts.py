"""What pages are put together from; templates/macros.html shows each of them.

Texts are plain: they are escaped where they are shown. Only Markup, which drawing.py makes, is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Change:
    """Against the days before. `kind`: up, down or flat; `meaning`: good, bad or plain."""

    text: str
    kind: str
    meaning: str
    against: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A large number. `base` says what it counts, or what a share is a share of."""

    label: str
    value: str
    base: str = ""
    change: Change | None = None
    spark: Markup | None = None


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`heat`: 0 to 9 for the background of a heat table, None for none. `note`: small, after the text."""

    text: str
    href: str = ""
    drawing: Markup | None = None
    heat: int | None = None
    note: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of each row names it. `caption` is read out, and shown unless a heading says it."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str = "There is nothing to show."


@dataclass(frozen=True, slots=True)
class Key:
    """A row of a chart's legend. `tone` is a class of the stylesheet: s0 to s6, rest, mark."""

    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, what it shows in words, and the same figures as a table."""

    drawing: Markup
    description: str
    table: Table
    legend: Sequence[Key] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: str
    share: str
    drawing: Markup
    href: str = ""


@dataclass(frozen=True, slots=True)
class BarList:
    """Values of a dimension, most first."""

    title: str
    unit: str
    bars: Sequence[Bar]
    note: str = ""
    empty: str = "Nothing stated a value."


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several links, as in the switch of ranges."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind`: plain, warning or good. `code` is shown to be copied."""

    text: str
    kind: str = "plain"
    code: str = ""
