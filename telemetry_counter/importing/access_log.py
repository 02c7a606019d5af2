"""Page views from access logs: what people were shown, on the day they were shown it."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from telemetry_counter.accounts.snapshot import Admin
from telemetry_counter.counting.batch import Batch, Value
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.importing.check_lines import FUTURE, TOO_OLD, Outcome
from telemetry_counter.importing.log_lines import (
    ASSET,
    BAD_STATUS,
    INVALID,
    MALFORMED,
    NOT_GET,
    LogLine,
    read_hour,
    read_line,
    read_request,
)
from telemetry_counter.pages.addresses import network_of, parse_address
from telemetry_counter.pages.agents import MAX_CHARACTERS, read_agent
from telemetry_counter.pages.countries import CountryOf, nowhere
from telemetry_counter.pages.hits import MAX_URL, PageHit
from telemetry_counter.pages.referrers import host_of, read_referrer
from telemetry_counter.pages.values import Values
from telemetry_counter.pages.visitors import Fingerprints

REMEMBERED = 16_384
MAX_REMEMBERED_BYTES = 1024
SAMPLE_LINES = 20_000

SENTENCES = {
    MALFORMED: "It is not a line of a combined log.",
    Reason.BOT: "No browser asked.",
    Reason.UNKNOWN_APP: "There is no such site; say --site if the line names none.",
    NOT_GET: "The method is not GET.",
    BAD_STATUS: "The status is neither 200 nor 304.",
    ASSET: "The path is that of a part of a page, a feed or a download.",
    INVALID: "The path cannot be kept.",
}


class AccessLogReader:
    """Turns lines into batches, one for each day.

    `site` is '' where the lines name their virtual host. `own_hosts`: what a link within the site begins
    with; found in the log if not given. `salt_of` gives the salt of a day's fingerprints.
    """

    def __init__(
        self,
        admin: Admin,
        site: str,
        salt_of: Callable[[dt.date], bytes],
        *,
        today: dt.date,
        retention_days: int,
        value_cap: int,
        own_hosts: Collection[str] = (),
        country_of: CountryOf = nowhere,
    ) -> None:
        self._admin = admin
        self._site = site
        self._salt_of = salt_of
        self._today = today
        self._oldest = today - dt.timedelta(days=retention_days)
        self._values = Values(value_cap)
        self._country_of = country_of
        self._line = 0
        self._fingerprints: dict[dt.date, Fingerprints] = {}
        self._profile = lru_cache(REMEMBERED)(self._profile_of)
        self._view = lru_cache(REMEMBERED)(self._view_of)
        self._place = lru_cache(REMEMBERED)(self._place_of)
        self._hour = lru_cache(REMEMBERED)(self._values.of_hour)
        self.outcome = Outcome(own_hosts=frozenset(own_hosts))

    def read(self, lines: Sequence[bytes]) -> list[Batch]:
        """Batches of these lines in the order of days; what is refused is noted in `outcome`."""
        if not self.outcome.own_hosts:
            self.outcome.own_hosts = own_hosts_in(lines[:SAMPLE_LINES])
        days: dict[dt.date, DaySums] = defaultdict(DaySums)
        for line in lines:
            self._line += 1
            parsed = read_line(line)
            if parsed is not None:
                self._read(parsed, days)
            elif line.strip():
                self._refuse(MALFORMED)
        return [days[day].batch(self._admin.name, day) for day in sorted(days)]

    def _read(self, line: LogLine, days: dict[dt.date, "DaySums"]) -> None:
        when = read_hour(line.stamp)
        if when is None:
            return self._refuse(MALFORMED)
        day, hour = when
        if not self._oldest <= day <= self._today:
            return self._refuse(TOO_OLD if day < self._oldest else FUTURE, f"{day} is not kept.")
        site = self._site or line.virtual_host.decode("latin-1").lower()
        view = self._view if len(line.request) <= MAX_REMEMBERED_BYTES else self._view_of
        page = view(site, line.request, line.status, line.referrer[:MAX_URL])
        if isinstance(page, str):
            return self._refuse(page)
        if site not in self._admin.apps:
            return self._refuse(Reason.UNKNOWN_APP)
        sums = days[day]
        agent = line.agent[:MAX_CHARACTERS]
        profile = self._profile(site, agent)
        if profile is None:
            sums.refusals[site, Reason.BOT] += 1
            return self._refuse(Reason.BOT)
        network, country = self._place(site, line.client)
        visitor = self._of_day(day).of(self._admin.name, site, network, agent)
        sums.add(page + profile + country + self._hour(site, hour), visitor)
        self.outcome.counted += 1

    def _refuse(self, reason: str, sentence: str = "") -> None:
        self.outcome.refuse(reason, self._line, sentence or SENTENCES[reason])

    def _view_of(self, site: str, request: bytes, status: bytes, referrer: bytes) -> tuple[Value, ...] | str:
        page = read_request(request, status)
        if isinstance(page, str):
            return page
        came_from = read_referrer(referrer.decode("latin-1"))
        is_elsewhere = bool(came_from.name) and came_from.host not in (
            *self.outcome.own_hosts,
            site.removeprefix("www."),
        )
        hit = PageHit(self._admin.name, site, page, came_from)
        return self._values.of_hit(hit, from_elsewhere=is_elsewhere)

    def _profile_of(self, site: str, agent: bytes) -> tuple[Value, ...] | None:
        """None for a bot."""
        said = read_agent(agent.decode("latin-1"))
        return None if said.is_bot else self._values.of_reader(site, said, "")

    def _place_of(self, site: str, client: bytes) -> tuple[bytes, tuple[Value, ...]]:
        """What stands for the client's network, which may be a name; and its country."""
        address = parse_address(client.decode("latin-1"))
        return network_of(address) or client, self._values.of_country(site, self._country_of(address))

    def _of_day(self, day: dt.date) -> Fingerprints:
        fingerprints = self._fingerprints.get(day)
        if fingerprints is None:
            fingerprints = self._fingerprints[day] = Fingerprints(self._salt_of(day))
        return fingerprints


class DaySums:
    """Views and distinct visitors of each value, in the order they came, so that every run is alike."""

    def __init__(self) -> None:
        self.refusals: Counter[tuple[str, Reason]] = Counter()
        self._views: Counter[Value] = Counter()
        self._visitors: dict[Value, dict[bytes, None]] = {}

    def add(self, values: Iterable[Value], visitor: bytes) -> None:
        for value in values:
            self._views[value] += 1
            if value.is_sketched:
                self._visitors.setdefault(value, {})[visitor] = None

    def batch(self, admin: str, day: dt.date) -> Batch:
        batch = Batch(admin, day)
        for value, views in self._views.items():
            batch.add_values((value,), b"".join(self._visitors.get(value, ())), views)
        for (site, reason), hits in self.refusals.items():
            batch.refuse(site, reason, hits)
        return batch


def own_hosts_in(lines: Iterable[bytes]) -> frozenset[str]:
    """The host that most requests for parts of pages name as the page they are for."""
    hosts: Counter[str] = Counter()
    for line in lines:
        parsed = read_line(line)
        if parsed and parsed.referrer and read_request(parsed.request, parsed.status) == ASSET:
            hosts[host_of(parsed.referrer[:MAX_URL].decode("latin-1"))] += 1
    del hosts[""]
    return frozenset(host for host, _ in hosts.most_common(1))
