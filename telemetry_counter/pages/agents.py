"""What a User-Agent says of a reader: browser, system and kind of device; and whether nobody reads at all."""

import re
from dataclasses import dataclass
from functools import cache

from ua_parser import Parser, load_builtins
from ua_parser.regex import Resolver

MAX_CHARACTERS = 512
OTHER = "Other"

DESKTOP, PHONE, TABLET, TV, ELSE = "desktop", "phone", "tablet", "tv", "other"
DESKTOP_SYSTEMS = (
    *("Windows", "Mac OS", "Chrome OS", "Linux", "Ubuntu", "Debian", "Fedora", "Red Hat", "CentOS", "SUSE"),
    *("openSUSE", "Gentoo", "Arch Linux", "Slackware", "Mandriva", "Mageia", "FreeBSD", "OpenBSD", "NetBSD"),
    *("DragonFly", "Solaris", "AmigaOS", "Haiku", "BeOS"),
)
TV_WORDS = (
    *("smart-tv", "smarttv", "hbbtv", "appletv", "apple tv", "googletv", "android tv", "bravia", "crkey"),
    *("roku", "web0s", "netcast", " aftt", " afts", " aftm", " aftb", " tv ", "tv;"),
)

BROWSER_STARTS = re.compile(
    r"Mozilla/\d.*\(|AppleWebKit/|Opera[/ ]|\S+ Profile/MIDP|"
    r"(?:E?Links|Lynx|w3m|NetSurf|Dillo|Emacs-W3|IBrowse|AmigaVoyager|Amiga-AWeb|NCSA_Mosaic|BlackBerry|Nokia|"
    r"SAMSUNG|SonyEricsson|MOT-|LG-|DoCoMo|UCWEB|iCab|Ladybird)\S*[/ (]",
    re.IGNORECASE,
)
"""How what people read with begins; a library, or a crawler that does not pretend, begins otherwise."""

MACHINE_WORDS = (
    *("bot", "crawl", "spider", "slurp", "archiver", "transcoder", "mediapartners", "-google", "google-"),
    *("google favicon", "search console", "web light", "weblight", "page speed", "lighthouse", "ptst/"),
    *("headless", "phantomjs", "slimerjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress/"),
    *("preview", "prerender", "pingdom", "uptime", "gtmetrix", "webpagetest", "speedcurve", "dareboost"),
    *("monitor", "healthcheck", "health-check", "kube-probe", "catchpoint", "dejaclick", "dmbrowser"),
    *("site24x7", "statuscake", "newrelic", "dynatrace", "synthetic", "datanyze", "brandverity", "alwayson"),
    *("validator", "checker", "scan", "inspect", "sniff", "fetch", "grab", "harvest", "extract", "scrap"),
    *("feed", "rss/", "ggpht.com", "facebookexternal", "skypeuri", "linkcheck", "rigor"),
    *("bytedance", "gpt", "claude", "perplexity", "cohere", "diffbot", "imagesift"),
    *("burpcollaborator", "nmap", "sqlmap", "nikto", "nessus", "qualys", "zgrab", "acunetix", "select load"),
    *("curl/", "wget", "python", "perl/", "java/", "jakarta", "httpclient", "okhttp", "go-http", "axios"),
    *("backlink", "semrush", "ahrefs", "http:", "https:", "archivebox", "zombie", "nutch", "heritrix"),
)
"""What ua-parser misses. Libraries are no readers either; update checks never look at the User-Agent."""

ENGINES = ("gecko", "webkit", "khtml", "msie", "trident", "presto", "amiga", "netfront", "opera")
"""What shows pages names one of these after its 'Mozilla'."""

PERSON_WORDS = ("cubot", "bsalsa.com", "nexus player")
"""Parts of browsers' strings that would look like a machine's."""

INNOCENT = re.compile("|".join(map(re.escape, PERSON_WORDS)))
MAIL = re.compile(r"(?<!ecosia ios)(?<!ecosia android)@[a-z0-9-]+\.[a-z]")
COMPATIBLE = re.compile(
    r"\(compatible(?![;,\s]*(?:msie \d|konqueror/|u;|icab|ibrowse|amiga|omniweb|netpositive))"
)
"""Old browsers said that they were compatible, and what they were; today only crawlers do."""

IMAGE_PROXY_WORDS = ("camo", "ggpht.com", "googleimageproxy", "yahoomailproxy", "imgproxy", "imageproxy")
"""They fetch an image once for many readers."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Families only: nothing of the string itself."""

    browser: str
    system: str
    device: str
    is_bot: bool
    is_image_proxy: bool


NO_AGENT = Agent(OTHER, OTHER, ELSE, is_bot=True, is_image_proxy=False)


def read_agent(text: str) -> Agent:
    """`text`: at most MAX_CHARACTERS of the header."""
    text = text.strip()
    if not text:
        return NO_AGENT
    parsed = parser().parse(text)
    system = family(parsed.os.family if parsed.os else "")
    is_spider = parsed.device is not None and parsed.device.family == "Spider"
    return Agent(
        browser=family(parsed.user_agent.family if parsed.user_agent else ""),
        system=system,
        device=device_class(text, system),
        is_bot=is_spider or is_machine(text),
        is_image_proxy=holds(text.lower(), IMAGE_PROXY_WORDS),
    )


@cache
def parser() -> Parser:
    """Without a cache of its own: who asks often keeps the answers."""
    return Parser(Resolver(load_builtins()))


def is_machine(text: str) -> bool:
    """What ua-parser does not say: whether a program asks that shows the page to nobody."""
    if not BROWSER_STARTS.match(text):
        return True
    lowered = INNOCENT.sub("", text.lower())
    if lowered.startswith("mozilla") and not holds(lowered, ENGINES):
        return True
    return holds(lowered, MACHINE_WORDS) or any(words.search(lowered) for words in (MAIL, COMPATIBLE))


def holds(lowered: str, words: tuple[str, ...]) -> bool:
    return any(word in lowered for word in words)


def family(name: str) -> str:
    """A family as it may be kept: some of ua-parser's are cut from the string itself."""
    if not name or len(name) > 32 or not name.isascii() or not name.isprintable() or name.startswith("("):
        return OTHER
    return name


def device_class(text: str, system: str) -> str:
    if holds(text.lower(), TV_WORDS):
        return TV
    if system.startswith(DESKTOP_SYSTEMS):
        return PHONE if system == "Windows Phone" else DESKTOP
    if "iPad" in text or "Tablet" in text or (system == "Android" and "Mobile" not in text):
        return TABLET
    if system in ("iOS", "Android") or any(word in text for word in ("Mobile", "Phone", "MIDP")):
        return PHONE
    return ELSE
