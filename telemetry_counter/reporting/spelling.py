"""Parameters that a report does not know: most often a slip."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from urllib.parse import unquote_plus

from telemetry_counter.errors import InvalidInput

CACHE_BUSTERS = frozenset({"ts", "rnd", "_"})

_PLAIN = re.compile(r"[A-Za-z_-]{1,24}")
"""What is repeated in the answer; nobody's token looks like that."""


def expect_known(query: bytes, known: Collection[str]) -> None:
    """Raises InvalidInput that names the first parameter which is not, and the one that may be meant."""
    for part in query.split(b"&"):
        name = unquote_plus(part.partition(b"=")[0].decode("latin-1"), errors="replace")
        if part and name not in known and name not in CACHE_BUSTERS:
            raise InvalidInput(_sentence(name, known))


def _sentence(name: str, known: Collection[str]) -> str:
    if not _PLAIN.fullmatch(name):
        return "A parameter is not known here."
    near = nearest(name.lower(), known)
    return f"There is no parameter {name}; did you mean {near}?" if near else f"There is no parameter {name}."


def nearest(name: str, known: Collection[str]) -> str:
    """The one that may be meant, '' where none is close."""
    ordered = sorted(known)
    begun = [one for one in ordered if len(name) > 2 and (one.startswith(name) or name.startswith(one))]
    return next(iter([*begun, *get_close_matches(name, ordered, 1)]), "")
