"""Where a reader came from: a search engine or network by its name, anything else by its host."""

import ipaddress
import re
from dataclasses import dataclass

MAX_HOST = 128
"""Longer names are not those of sites people link from."""

_HOST = re.compile(
    r"(?=.{1,128}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
)
_SCHEME = re.compile(r"(https?|android-app)://", re.IGNORECASE)
_COUNTRY = r"(?:com?\.)?[a-z]{2,3}"

NAMED = {
    "Google": rf"(?:images\.|news\.)?google\.{_COUNTRY}|com\.google\.android\.googlequicksearchbox",
    "Bing": r"(?:[a-z]{2}\.)?bing\.com|cn\.bing\.com",
    "DuckDuckGo": r"(?:r\.|html\.|lite\.|safe\.|start\.|noai\.)?duckduckgo\.com",
    "Yahoo": rf"(?:[a-z]{{2}}\.)?(?:r\.)?search\.yahoo\.(?:com|{_COUNTRY})|(?:[a-z]{{2}}\.)?yahoo\.com",
    "Yandex": rf"(?:m\.)?yandex\.{_COUNTRY}|ya\.ru",
    "Baidu": r"(?:m\.)?baidu\.com",
    "Ecosia": r"ecosia\.org",
    "Qwant": r"(?:lite\.)?qwant\.com",
    "Startpage": r"(?:[a-z0-9-]+\.)?startpage\.com",
    "Brave Search": r"search\.brave\.com",
    "Kagi": r"kagi\.com",
    "Naver": r"(?:m\.)?search\.naver\.com",
    "Seznam": r"search\.seznam\.cz",
    "Sogou": r"(?:m\.)?sogou\.com",
    "AOL": r"search\.aol\.com",
    "Ask": r"ask\.com",
    "Facebook": r"(?:[a-z-]+\.)?facebook\.com|fb\.me",
    "Instagram": r"(?:l\.)?instagram\.com",
    "Threads": r"(?:l\.)?threads\.(?:net|com)",
    "X": r"t\.co|(?:mobile\.)?twitter\.com|x\.com|com\.twitter\.android",
    "Reddit": r"(?:old\.|new\.|np\.|out\.|amp\.|i\.)?reddit\.com|com\.reddit\.frontpage",
    "LinkedIn": r"(?:[a-z]{2}\.)?linkedin\.com|lnkd\.in|com\.linkedin\.android",
    "Pinterest": rf"(?:[a-z]{{2}}\.)?pinterest\.{_COUNTRY}",
    "YouTube": r"(?:m\.)?youtube\.com|youtu\.be",
    "TikTok": r"tiktok\.com",
    "Bluesky": r"bsky\.app|go\.bsky\.app",
    "Mastodon": r"mastodon\.(?:social|online)|fosstodon\.org|hachyderm\.io|mstdn\.social",
    "Hacker News": r"news\.ycombinator\.com",
    "Lobsters": r"lobste\.rs",
    "Telegram": r"(?:web\.)?telegram\.org|t\.me|org\.telegram\.messenger(?:\.web)?",
    "WhatsApp": r"(?:web\.|l\.)?whatsapp\.com|wa\.me",
    "Discord": r"(?:ptb\.|canary\.)?discord\.com|discordapp\.com",
    "VK": r"(?:m\.|away\.)?vk\.com",
    "Weibo": r"(?:m\.|s\.)?weibo\.c(?:om|n)",
    "Quora": r"(?:[a-z]{2}\.)?quora\.com",
    "ChatGPT": r"chatgpt\.com|chat\.openai\.com",
    "Perplexity": r"perplexity\.ai",
    "Claude": r"claude\.ai",
    "Gemini": r"gemini\.google\.com",
    "Copilot": r"copilot\.microsoft\.com",
}
"""Search engines, social networks and assistants, and the hosts they send readers from."""

_NAMED = [(name, re.compile(pattern)) for name, pattern in NAMED.items()]


@dataclass(frozen=True, slots=True)
class Referrer:
    """`host` tells a site's own pages from others; `name` is what is counted."""

    host: str
    name: str


NOBODY = Referrer("", "")


def read_referrer(url: str) -> Referrer:
    """NOBODY for what is no web page's address, and for an address in digits, which is no name to keep."""
    host = host_of(url)
    if not host:
        return NOBODY
    return Referrer(host, next((name for name, hosts in _NAMED if hosts.fullmatch(host)), host))


def host_of(url: str) -> str:
    """The host in small letters, without port, 'www.' and final dot; '' if there is none."""
    scheme = _SCHEME.match(url.strip())
    if scheme is None:
        return ""
    authority = re.split(r"[/?#\\]", url.strip()[scheme.end() :], maxsplit=1)[0]
    host = authority.rpartition("@")[2].partition(":")[0].lower().rstrip(".").removeprefix("www.")
    if not host.isascii():
        host = _ascii(host)
    return host if _HOST.fullmatch(host) and not _is_address(host) else ""


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True
