"""An exact reading of an access log, line by line and with sets, to hold the importer against.

It shares nothing with the importer but the judgement of a User-Agent, which has its own tests.
"""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from telemetry_counter.pages.agents import read_agent

PARTS_OF_PAGES = """
    css js mjs map json wasm xml rss atom txt png jpg jpeg gif svg ico cur webp avif bmp tif tiff
    woff woff2 otf ttf eot mp3 mp4 m4a m4v webm oga ogv ogg wav flac avi mov mpg mpeg mkv swf flv
    pdf doc docx xls xlsx ppt pptx odt ods csv epub zip gz tgz bz2 xz zst 7z rar tar jar war exe msi
    dmg pkg deb rpm apk appimage iso img whl gem bin sig asc sha256 md5
"""
NAMES = {
    r"(www\.|images\.|news\.)?google\.[a-z.]+": "Google",
    r"(r\.)?duckduckgo\.com": "DuckDuckGo",
    r"(www\.)?bing\.com": "Bing",
    r"([a-z-]+\.)?facebook\.com": "Facebook",
    r"t\.co": "X",
    r"(www\.)?reddit\.com": "Reddit",
    r"news\.ycombinator\.com": "Hacker News",
    r"(www\.)?yandex\.[a-z]+": "Yandex",
    r"([a-z]+\.)?search\.yahoo\.com": "Yahoo",
}


@dataclass
class Day:
    views: int = 0
    visitors: set[tuple[str, str]] = field(default_factory=set)
    pages: Counter[str] = field(default_factory=Counter)
    referrers: Counter[str] = field(default_factory=Counter)

    def top(self, what: Counter[str], number: int = 10) -> list[tuple[str, int]]:
        return sorted(what.items(), key=lambda item: (-item[1], item[0]))[:number]


def read_log(text: str, own_host: str) -> dict[dt.date, Day]:
    """Visitors are (address cut to /24, User-Agent)."""
    days: dict[dt.date, Day] = {}
    for line in text.splitlines():
        # address - user [stamp] "request" status size "referrer" "agent"
        before, request, status_and_size, referrer, _, agent = _fields(line)
        address, stamp = before.split(" ")[0], before.split("[")[1].split("]")[0]
        method, target = request.split(" ")[:2]
        status = status_and_size.split()[0]
        path = unquote(target.split("?")[0].split("#")[0])
        ending = path.split("/")[-1].split(".")[-1].lower() if "." in path.split("/")[-1] else ""
        if method != "GET" or status not in ("200", "304") or ending in PARTS_OF_PAGES.split():
            continue
        if agent == "-" or read_agent(agent[:512]).is_bot:
            continue
        moment = dt.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(dt.UTC)
        day = days.setdefault(moment.date(), Day())
        day.views += 1
        day.visitors.add((".".join(address.split(".")[:3]), agent))
        day.pages[path] += 1
        name = _name(referrer, own_host)
        if name:
            day.referrers[name] += 1
    return days


def shifted(text: str, last_day: dt.date) -> str:
    """The log with its days moved so that its last one is `last_day`."""
    stamps = re.findall(r"\[(\d\d/\w{3}/\d{4}):", text)
    days = {stamp: dt.datetime.strptime(stamp, "%d/%b/%Y").date() for stamp in set(stamps)}
    shift = last_day - max(days.values())
    for stamp, day in days.items():
        text = text.replace(f"[{stamp}:", f"[{day + shift:%d/%b/%Y}:")
    return text


def _fields(line: str) -> list[str]:
    """What stands before, in and between the quotes; an escaped quote does not end anything."""
    return line.replace('\\"', "\0").rstrip().removesuffix('"').split('"')


def _name(referrer: str, own_host: str) -> str:
    if not referrer.startswith(("http://", "https://")):
        return ""
    host = (urlsplit(referrer).hostname or "").lower().removeprefix("www.")
    if host == own_host or not host or host.replace(".", "").isdigit():
        return ""
    return next((name for pattern, name in NAMES.items() if re.fullmatch(pattern, host)), host)
