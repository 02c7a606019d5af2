"""Bounds and charsets of what a summary of events names; docs/wire-events.md states the same."""

import re
from dataclasses import replace

from telemetry_counter.counting.names import OTHER, Name

PLAIN = Name(
    "name",
    64,
    re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    "letters, digits, '.', '_' and '-', and must begin with a letter or a digit",
)
"""Of an event or a property."""

# No '/', '\', '@' or ':': a file's path, an e-mail address or a URL is never a value. Nor a ',': it
# divides the parts of what is kept.
VALUE = Name(
    "value",
    64,
    re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._+~-]*[A-Za-z0-9._+~-])?"),
    "letters, digits, inner spaces, '.', '_', '+', '~' and '-', and must begin with a letter or a digit",
)


def check(kind: Name, text: str, called: str) -> None:
    """Raises InvalidInput with a sentence that begins with what the text is `called`.

    `(other)` is fine: it is where a client counts what was past its own bounds.
    """
    if text != OTHER and not (len(text) <= kind.max_length and kind.pattern.fullmatch(text)):
        replace(kind, parameter=called).check(text)
