"""One line of an access log, as Apache and nginx write it: combined, or with the virtual host in front."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.paths import Page, read_page

MALFORMED, NOT_GET, BAD_STATUS, ASSET, INVALID = "malformed", "not_get", "status", "asset", "invalid"
"""Why a request is no page view."""

SHOWN = (b"200", b"304")
REMEMBERED_MINUTES = 16_384

ASSET_NAME = re.compile(
    r"\.(?:css|m?js|map|json|wasm|xml|rss|atom|txt|png|jpe?g|gif|svg|ico|cur|webp|avif|bmp|tiff?|woff2?|[ot]tf|eot|"
    r"mp[34]|m4[av]|webm|og[gav]|wav|flac|avi|mov|mpe?g|mkv|swf|flv|pdf|docx?|xlsx?|pptx?|od[ts]|csv|epub|"
    r"zip|t?gz|bz2|xz|zst|7z|rar|tar|[jw]ar|exe|msi|dmg|pkg|deb|rpm|apk|appimage|iso|img|whl|gem|bin|sig|asc|"
    r"sha256|md5)$",
    re.IGNORECASE,
)
"""Parts of pages, feeds and downloads."""

_QUOTED = rb'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    rb"(?:([^\s:]+):\d+ )?(\S+) \S+ [^\[]*\[([^\]]+)\] %b (\d{3}) \S+(?: %b %b)?" % ((_QUOTED,) * 3)
)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
_METHOD = re.compile(rb"[A-Z]{3,16}")


@dataclass(frozen=True, slots=True)
class LogLine:
    """`virtual_host`, `referrer` and `agent` are b'' where the line does not tell them."""

    virtual_host: bytes
    client: bytes
    stamp: bytes
    request: bytes
    status: bytes
    referrer: bytes
    agent: bytes


def read_line(line: bytes) -> LogLine | None:
    match = _LINE.match(line)
    if match is None:
        return None
    host, client, stamp, request, status, referrer, agent = match.groups(b"")
    return LogLine(host, client, stamp, request, status, _told(referrer), _told(agent))


def read_hour(stamp: bytes) -> tuple[dt.date, int] | None:
    """UTC day and hour of '17/May/2015:10:05:03 +0000'."""
    return _hour(stamp[:17], stamp[-5:]) if len(stamp) == 26 else None


def read_request(request: bytes, status: bytes) -> Page | str:
    """The page that was shown, or the reason why none was."""
    method, _, rest = request.partition(b" ")
    target, _, protocol = rest.rpartition(b" ")
    if not protocol.startswith(b"HTTP/"):
        target = rest
    if not _METHOD.fullmatch(method) or not target:
        return MALFORMED
    if method != b"GET":
        return NOT_GET
    if status not in SHOWN:
        return BAD_STATUS
    try:
        page = read_page(target.decode("utf-8", "replace"))
    except InvalidInput:
        return INVALID
    return ASSET if ASSET_NAME.search(page.path) else page


def _told(text: bytes) -> bytes:
    if text == b"-":
        return b""
    return _ESCAPE.sub(_unescaped, text) if b"\\" in text else text


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else match[2]


@lru_cache(REMEMBERED_MINUTES)
def _hour(minute: bytes, zone: bytes) -> tuple[dt.date, int] | None:
    try:
        moment = dt.datetime.strptime(f"{minute.decode()} {zone.decode()}", "%d/%b/%Y:%H:%M %z")
        utc = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return utc.date(), utc.hour
