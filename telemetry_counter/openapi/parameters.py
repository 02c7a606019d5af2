"""Parameters that more than one route takes."""

from telemetry_counter.counting import names
from telemetry_counter.counting.devices import MAX_ID_CHARACTERS
from telemetry_counter.counting.names import Name
from telemetry_counter.openapi.operation import Parameter, Schema
from telemetry_counter.pages.hits import MAX_URL, SITE
from telemetry_counter.pages.paths import CAMPAIGN_PARTS, MAX_PATH
from telemetry_counter.pages.referrers import MAX_HOST
from telemetry_counter.releases.answers import UPDATERS
from telemetry_counter.reporting.selection import RANGES, YEAR

MAX_LIST = 6_500
DATE: Schema = {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]}


def name_schema(name: Name) -> Schema:
    return {"type": "string", "maxLength": name.max_length, "pattern": f"^(?:{name.pattern.pattern})$"}


def optional(name: Name) -> Schema:
    """A name, or nothing."""
    return {"type": "string", "maxLength": name.max_length, "pattern": f"^(?:{name.pattern.pattern})?$"}


def in_path(name: Name, meaning: str, example: str, called: str = "") -> Parameter:
    return Parameter(called or name.parameter, meaning, name_schema(name), "path", True, example)


OWNER = Parameter(
    "owner",
    "The admin; may be left out where DEFAULT_OWNER is set.",
    name_schema(names.OWNER),
    required=True,
    example="acme",
)
DEVICE = Parameter(
    "X-Device-ID",
    f"A random id of the installation, at most {MAX_ID_CHARACTERS} characters. Only a keyed hash of it is "
    "counted; the nil UUID means that the user refused.",
    place="header",
)
STAGING = Parameter("x-user-staging-id", "electron-updater's name for X-Device-ID.", place="header")

CHECK = (
    Parameter("app_name", "The app.", name_schema(names.APP), required=True, example="editor"),
    Parameter(
        "version", "The version that runs.", name_schema(names.VERSION), required=True, example="1.2.0"
    ),
    OWNER,
    Parameter("channel", "As in stable, beta.", optional(names.CHANNEL)),
    Parameter(
        "platform",
        "As in linux, windows, darwin; to be stated where releases differ by it.",
        optional(names.PLATFORM),
    ),
    Parameter("arch", "As in amd64, arm64; to be stated where releases differ by it.", optional(names.ARCH)),
)
UPDATER = Parameter(
    "updater",
    "The form of the answer; none means manual.",
    {"type": "string", "enum": ["", *sorted(UPDATERS)]},
)
IS_LATEST = Parameter(
    "is_latest",
    "Whether the program thinks it is the newest.",
    {"type": "string", "enum": ["", "true", "false"]},
)

HIT = (
    Parameter("site", "The app that the pages belong to.", name_schema(SITE), required=True, example="docs"),
    Parameter(
        "path",
        "The page's path or URL; may be left out where `name` is given.",
        {"type": "string", "minLength": 1},
        required=True,
        example="/install",
    ),
    OWNER,
    Parameter("referrer", f"Where the reader came from; {MAX_URL} characters of it are looked at."),
    Parameter("name", "The name of an event instead of a page view."),
    Parameter("dnt", "1: count the view, not the visitor."),
    *(Parameter(part, "As in the links of a campaign.") for part in CAMPAIGN_PARTS),
)
EMBED = (
    Parameter("url", "The page, where there is no Referer or `force` is true."),
    Parameter("force", "true: the page is `url`, whatever the Referer."),
    Parameter("name", "The name of an event instead of a page view."),
    Parameter("Referer", "The page that shows the image; browsers send it.", place="header"),
)
SITE_IN_PATH = (
    in_path(names.OWNER, "The admin.", "acme"),
    in_path(names.APP, "The app.", "docs", called="app"),
)


def _list(name: Name) -> Schema:
    one = name.pattern.pattern
    return {"type": "string", "maxLength": MAX_LIST, "pattern": f"^(?:(?:{one})(?:,(?:{one}))*)?$"}


def _range(*more: str) -> Parameter:
    meaning = "Days up to today: 1, 8 or 31 dates" + (", or 366." if more else ".")
    return Parameter("range", meaning, {"type": "string", "enum": ["", *RANGES, *more]}, example="week")


_DATES = (
    Parameter("date", "One day (UTC).", DATE),
    Parameter("from", "The first day; with `to`.", DATE),
    Parameter("to", "The last day; with `from`.", DATE),
)
DAYS = (_range(), *_DATES)
LISTS = (
    Parameter("apps", "Apps, divided by commas; all of the admin's unless given.", _list(names.APP)),
    Parameter("channels", "Channels, divided by commas.", _list(names.CHANNEL)),
    Parameter("platforms", "Platforms, divided by commas.", _list(names.PLATFORM)),
    Parameter("architectures", "Architectures, divided by commas.", _list(names.ARCH)),
)
SELECTION = (*DAYS, *LISTS)
SELECTION_WITH_YEAR = (_range(YEAR), *_DATES, *LISTS)
PAGE_FILTER = (
    Parameter(
        "path",
        "What the paths begin with.",
        {"type": "string", "maxLength": MAX_PATH, "pattern": "^(?:/.*)?$"},
    ),
    Parameter("referrer", "A referrer's name or host.", {"type": "string", "maxLength": MAX_HOST}),
)
