"""From a drawing to its markup. svg.py writes texts and attributes as they are; here all are escaped."""

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from svg import Element

NOT_ATTRIBUTES = frozenset({"elements", "text", "data", "extra"})


def markup(element: Element) -> Markup:
    """The element and all within it; nothing that a client sent can end an attribute or a text."""
    written: list[str] = []
    _write(element, written)
    return Markup("".join(written))  # noqa: S704


def _write(element: Element, written: list[str]) -> None:
    written.append(f"<{element.element_name}")
    for field, value in vars(element).items():
        if value is not None and field not in NOT_ATTRIBUTES:
            written.append(f' {_attribute(field)}="{_text(value)}"')
    for name, value in (element.extra or {}).items():
        written.append(f' {name}="{_text(value)}"')
    written.append(f">{escape(element.text or '')}")
    for child in element.elements or ():
        if isinstance(child, Element):
            _write(child, written)
    written.append(f"</{element.element_name}>")


@lru_cache
def _attribute(field: str) -> str:
    return field.rstrip("_").replace("__", ":").replace("_", "-")


def _text(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return escape(" ".join(map(str, value)) if isinstance(value, list) else str(value))
