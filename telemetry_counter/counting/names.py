"""Bounds and charsets of the names that clients send and that become parts of keys."""

import re
from dataclasses import dataclass

from telemetry_counter.errors import InvalidInput

OTHER = "(other)"
"""Where values beyond a cap are counted; no name from outside can equal it."""

UNPLACED = "i:"
"""Counter beside those of what went to (other): imported requests of which only their number is known."""


@dataclass(frozen=True, slots=True)
class Name:
    """One kind of name: its parameter on the wire, how long it may be, what it is made of."""

    parameter: str
    max_length: int
    pattern: re.Pattern[str]
    charset: str

    def check(self, value: str) -> str:
        """The value itself, or InvalidInput with a sentence that names the parameter."""
        if not value:
            raise InvalidInput(f"{self.parameter} is missing or empty.")
        if len(value) > self.max_length:
            raise InvalidInput(f"{self.parameter} is longer than {self.max_length} characters.")
        if not self.pattern.fullmatch(value):
            raise InvalidInput(f"{self.parameter} may only hold {self.charset}.")
        return value

    def check_optional(self, value: str) -> str:
        return self.check(value) if value else ""


_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PLAIN_WORDS = "letters, digits, '.', '_' and '-', and must begin with a letter or a digit"

OWNER = Name("owner", 64, _PLAIN, _PLAIN_WORDS)
USER = Name("user", 64, _PLAIN, _PLAIN_WORDS)
APP = Name(
    "app_name",
    64,
    re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._@-]*[A-Za-z0-9._@-])?"),
    "letters, digits, inner spaces, '.', '_', '@' and '-', and must begin with a letter or a digit",
)
CHANNEL = Name("channel", 32, _PLAIN, _PLAIN_WORDS)
PLATFORM = Name("platform", 32, _PLAIN, _PLAIN_WORDS)
ARCH = Name("arch", 32, _PLAIN, _PLAIN_WORDS)
VERSION = Name(
    "version",
    64,
    re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*"),
    "letters, digits, '.', '_', '+', '~' and '-', and must begin with a letter or a digit",
)
PACKAGE = Name("package", 32, _PLAIN, _PLAIN_WORDS)
