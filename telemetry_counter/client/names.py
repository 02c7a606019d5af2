"""What names and values may look like on the wire; docs/wire-events.md states the same."""

import re

OTHER = "(other)"
"""Where names and values beyond a bound are counted; nothing a program sends can equal it."""

MAX_NAME = 64

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_APP = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._@-]*[A-Za-z0-9._@-])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")
# No '/', '\\', '@' or ':': a file path, an e-mail address or a URL is never a value.
_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._+~-]*[A-Za-z0-9._+~-])?")

_BUILD = {
    "owner": (_PLAIN, 64, True),
    "app": (_APP, 64, True),
    "version": (_VERSION, 64, True),
    "channel": (_PLAIN, 32, False),
    "platform": (_PLAIN, 32, False),
    "arch": (_PLAIN, 32, False),
}


def is_name(text: object) -> bool:
    """Whether an event or a property may be called so."""
    return isinstance(text, str) and len(text) <= MAX_NAME and bool(_PLAIN.fullmatch(text))


def is_value(text: str) -> bool:
    return len(text) <= MAX_NAME and bool(_VALUE.fullmatch(text))


def build_fault(parameter: str, value: object) -> str:
    """What is wrong with a program's own name, as a sentence; empty where it fits."""
    pattern, length, needed = _BUILD[parameter]
    if not isinstance(value, str):
        return f"{parameter} is not a text"
    if not value:
        return f"{parameter} is missing" if needed else ""
    if len(value) > length or not pattern.fullmatch(value):
        return f"{parameter} {value[:80]!r} is too long or holds characters that the service refuses"
    return ""
