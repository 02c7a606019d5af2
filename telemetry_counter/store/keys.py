"""Every key the service uses is spelled here.

All keys of one admin carry the hash tag {admin}: one admin is one cluster slot, so a batch is one
script call and unions stay on the server. Names cannot hold ':', ',' or braces, so keys are unambiguous.

    tc:admins                                hash    admin -> revision of its apps, releases and tokens;
                                                     '' -> revision of them all
    tc:secret                                str     the key of the device hash, unless SECRET_KEY is set
    tc:salt:20250616                         str     the salt of that day's visitors (expires after 48 hours)
    tc:imports                               hash    sha256 of an imported file -> when
    tc:counting                              hash    day -> 1, for each day on which telemetry was on
    tc:{acme}:apps                           hash    app -> JSON
    tc:{acme}:releases                       hash    release id -> JSON
    tc:{acme}:tokens                         hash    sha256 of a token -> JSON
    tc:{acme}:team                           hash    team user -> JSON of the grants
    tc:{acme}:log                            list    JSON of a change of the above, the newest first
    tc:{acme}:revisions                      hash    day -> times it changed after it was closed
    tc:{acme}:arrival                        str     JSON: from which file the admin was imported
    tc:{acme}:writer:ID                      int     the last batch of that writer (expires)
    tc:{acme}:probe                          str     written to ask the replicas how far they are (expires)
    tc:{acme}:never                          -       never written: a cluster that is moving a slot refuses
                                                     the script that names it, before the script has begun
    tc:{acme}:history                        hash    day -> JSON of its figures, for each app and for all
    tc:{acme}:rolls                          zset    'DIGEST SKETCHES' by the time it was rolled up (expires)
    tc:{acme}:roll:DIGEST                    str     JSON of closed days, rolled up; written last (expires)
    tc:{acme}:roll:DIGEST:v:1.2.3            sketch  the devices of one of its figures (expires)
    tc:{acme}:scratch:ID                     sketch  a union that one report is counting (expires)
    tc:{acme}:20250616:apps                  hash    app -> requests of the day
    tc:{acme}:20250616:editor:n              hash    'all', 'c:stable' -> requests; 'r:invalid' -> refusals;
                                                     '#v:' -> distinct versions; 'o:v:' -> requests in (other)
    tc:{acme}:20250616:editor:c              hash    cell 'stable,linux,amd64,1.2.3,l' -> requests
    tc:{acme}:20250616:editor:u:all          sketch  devices; also u:c:stable, u:p:linux, u:a:amd64, u:v:1.2.3
    tc:{acme}:20250616:editor:u:x:CELL       sketch  devices of one cell
    tc:{acme}:20250616:docs:w                hash    as :n, of pages: 'all', 'p:/path' ... -> views
    tc:{acme}:20250616:docs:wu:all           sketch  visitors of the pages
    tc:{acme}:20250616:editor:e              hash    of events: 'all', 'e:opened' ... -> how often
    tc:{acme}:20250616:editor:eu:all         sketch  devices the events came from
    tc:{acme}:event-batches:2027:1fff        set     fingerprints of summaries counted (expires)
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

DEFAULT_PREFIX = "tc:"


@lru_cache(maxsize=1024)
def day_stamp(day: dt.date) -> str:
    return day.strftime("%Y%m%d")


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that belong to the whole service."""

    prefix: str = DEFAULT_PREFIX

    @property
    def admins(self) -> str:
        return self.prefix + "admins"

    @property
    def secret(self) -> str:
        return self.prefix + "secret"

    @property
    def imports(self) -> str:
        return self.prefix + "imports"

    @property
    def counting(self) -> str:
        return self.prefix + "counting"

    def salt(self, day: dt.date) -> str:
        return f"{self.prefix}salt:{day_stamp(day)}"

    def admin(self, name: str) -> "AdminKeys":
        return AdminKeys(f"{self.prefix}{{{name}}}:")


@dataclass(frozen=True, slots=True)
class AdminKeys:
    """Keys of one admin; `stem` ends with the hash tag and a colon."""

    stem: str

    @property
    def apps(self) -> str:
        return self.stem + "apps"

    @property
    def releases(self) -> str:
        return self.stem + "releases"

    @property
    def tokens(self) -> str:
        return self.stem + "tokens"

    @property
    def team(self) -> str:
        return self.stem + "team"

    @property
    def log(self) -> str:
        return self.stem + "log"

    @property
    def history(self) -> str:
        return self.stem + "history"

    @property
    def rolls(self) -> str:
        return self.stem + "rolls"

    def roll(self, digest: str) -> str:
        return f"{self.stem}roll:{digest}"

    def rolled_sketch(self, digest: str, figure: str) -> str:
        return f"{self.roll(digest)}:{figure}"

    def scratch(self, number: str) -> str:
        return f"{self.stem}scratch:{number}"

    @property
    def revisions(self) -> str:
        return self.stem + "revisions"

    @property
    def arrival(self) -> str:
        return self.stem + "arrival"

    def writer(self, writer_id: str) -> str:
        return f"{self.stem}writer:{writer_id}"

    @property
    def probe(self) -> str:
        return self.stem + "probe"

    @property
    def never(self) -> str:
        return self.stem + "never"

    def day(self, day: dt.date) -> str:
        """Stem of everything of one day; the commit script appends to it."""
        return f"{self.stem}{day_stamp(day)}:"

    def app_day(self, day: dt.date, app: str) -> str:
        """Stem of one app's; the event script appends to it."""
        return f"{self.day(day)}{app}:"

    def active_apps(self, day: dt.date) -> str:
        return self.day(day) + "apps"

    def counters(self, day: dt.date, app: str) -> str:
        return f"{self.day(day)}{app}:n"

    def cells(self, day: dt.date, app: str) -> str:
        return f"{self.day(day)}{app}:c"

    def pages(self, day: dt.date, app: str) -> str:
        return f"{self.day(day)}{app}:w"

    def visitors(self, day: dt.date, app: str, field: str) -> str:
        """`field` is one of the pages' hash."""
        return f"{self.day(day)}{app}:wu:{field}"

    def events(self, day: dt.date, app: str) -> str:
        return f"{self.day(day)}{app}:e"

    def event_sketch(self, day: dt.date, app: str, field: str) -> str:
        """`field` is one of the events' hash."""
        return f"{self.day(day)}{app}:eu:{field}"

    def event_batches(self, period: int, bucket: int) -> str:
        return f"{self.stem}event-batches:{period}:{bucket:04x}"

    def sketch(self, day: dt.date, app: str, field: str) -> str:
        """`field` is a counter's field ('all', 'v:1.2.3') or 'x:' and a cell."""
        return f"{self.day(day)}{app}:u:{field}"


def keys_beside(key: str) -> AdminKeys:
    """Those of the admin whose key it is."""
    return AdminKeys(key[: key.index("}:") + 2])
