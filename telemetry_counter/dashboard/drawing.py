"""From a drawing to its markup. svg.py writes texts and attributes as they are; here all are escaped."""

from markupsafe import Markup, escape
from svg import Element


def markup(element: Element) -> Markup:
    """The element and all within it; nothing that a client sent can end an attribute or a text."""
    attributes = {**element.as_dict(), **(element.extra or {})}
    opened = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    inside = escape(element.text or "") + Markup("").join(
        markup(child) for child in element.elements or () if isinstance(child, Element)
    )
    return Markup(f"<{element.element_name}{opened}>{inside}</{element.element_name}>")  # noqa: S704
