"""Reading a query string the way the clients write it."""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from telemetry_counter.errors import InvalidInput

MAX_QUERY_BYTES = 4096
LITERAL_PLUS = frozenset({"version"})
"""Build metadata (1.2.3+build) often arrives unescaped; a version holds no space a '+' could mean."""


def read_query(query: bytes, known: Collection[str]) -> dict[str, str]:
    """The known parameters and their values; others are ignored.

    Raises InvalidInput for one that is repeated or not UTF-8.
    """
    values: dict[str, str] = {}
    for part in query.split(b"&"):
        raw_name, _, raw_value = part.partition(b"=")
        name = unquote_to_bytes(raw_name).decode("utf-8", "replace")
        if name not in known:
            continue
        if name in values:
            raise InvalidInput(f"{name} is given more than once.")
        plus = b"%2B" if name in LITERAL_PLUS else b"%20"
        try:
            values[name] = unquote_to_bytes(raw_value.replace(b"+", plus)).decode()
        except UnicodeDecodeError:
            raise InvalidInput(f"{name} is not valid UTF-8.") from None
    return values
