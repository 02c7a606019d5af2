"""What becomes of an update check, written down a second time: it shares nothing with what it is to judge."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

COUNTED = "counted"
PARAMETERS = ("app_name", "version", "owner", "channel", "platform", "arch", "updater", "is_latest")
UPDATERS = ("", "manual", "squirrel_darwin", "squirrel_windows", "electron-builder", "tauri")
PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,%d}"
NAMES = {
    "owner": re.compile(PLAIN % 63),
    "app_name": re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9]([A-Za-z0-9 ._@-]*[A-Za-z0-9._@-])?"),
    "version": re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}"),
    "channel": re.compile("(" + PLAIN % 31 + ")?"),
    "platform": re.compile("(" + PLAIN % 31 + ")?"),
    "arch": re.compile("(" + PLAIN % 31 + ")?"),
}
MAX_QUERY = 4096
MAX_DEVICE = 128


@dataclass(frozen=True, slots=True)
class Fate:
    """What is said of a hit, and the app in whose figures it is found; '' for none."""

    outcome: str
    app: str = ""


def fate_of_check(path: str, query: bytes, device: bytes, known: frozenset[tuple[str, str]]) -> Fate:
    """`known`: owners and their apps; all is UTF-8 and ASCII as it comes."""
    if len(query) > MAX_QUERY:
        return Fate("too_large")
    values = read(query)
    named = values.get("owner"), values.get("app_name")
    app = named[1] if named in known else None
    if not is_valid(path, values):
        return Fate("invalid", app or "")
    if app is None:
        return Fate("unknown_app")
    if not device:
        return Fate("no_device", app)
    return Fate("bad_device" if characters(device) > MAX_DEVICE else COUNTED, app)


def read(query: bytes) -> dict[str, str | None]:
    """None for what is given twice or is no text."""
    values: dict[str, str | None] = {}
    for part in query.split(b"&"):
        left, _, right = part.partition(b"=")
        name = unquote_to_bytes(left).decode("utf-8", "replace")
        if name in PARAMETERS:
            space = b"+" if name == "version" else b" "
            text = space.join(unquote_to_bytes(piece) for piece in right.split(b"+"))
            values[name] = None if name in values else decoded(text)
    return values


def decoded(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def is_valid(path: str, values: dict[str, str | None]) -> bool:
    if None in values.values():
        return False
    if path == "/checkVersion":
        if values.get("updater", "") not in UPDATERS:
            return False
    elif values.get("is_latest", "") not in ("", "true", "false"):
        return False
    return all(pattern.fullmatch(values.get(name) or "") for name, pattern in NAMES.items())


def characters(device: bytes) -> int:
    text = decoded(device)
    return len(device) if text is None else len(text)
