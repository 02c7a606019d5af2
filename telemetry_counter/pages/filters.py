"""Which views a report of pages is about."""

from collections.abc import Mapping
from dataclasses import dataclass

from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.paths import MAX_PATH, plain
from telemetry_counter.pages.referrers import MAX_HOST

PARAMETERS = frozenset({"path", "referrer"})


@dataclass(frozen=True, slots=True)
class PageFilter:
    """`path` is what paths begin with, `referrer` a name or host in small letters; '' takes every view."""

    path: str = ""
    referrer: str = ""

    def __bool__(self) -> bool:
        return bool(self.path or self.referrer)

    def takes_path(self, path: str) -> bool:
        return path.startswith(self.path)

    def takes_referrer(self, name: str) -> bool:
        return not self.referrer or name.lower() == self.referrer


EVERY_VIEW = PageFilter()


def read_filter(given: Mapping[str, str]) -> PageFilter:
    """Raises InvalidInput with a sentence that names the parameter."""
    path, referrer = given.get("path", ""), given.get("referrer", "").strip().lower()
    if path and not path.startswith("/"):
        raise InvalidInput("path must begin with '/': it is what the pages' paths begin with.")
    if len(path) > MAX_PATH:
        raise InvalidInput(f"path is longer than {MAX_PATH} characters.")
    if len(referrer) > MAX_HOST:
        raise InvalidInput(f"referrer is longer than {MAX_HOST} characters.")
    return PageFilter(plain(path), referrer)
