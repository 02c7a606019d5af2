"""What becomes of a hit: who sends it, whether it counts, and its commit."""

from functools import lru_cache
from typing import NamedTuple

from starlette.types import Scope

from telemetry_counter.counting.batch import Value
from telemetry_counter.counting.clock import SECONDS_A_DAY
from telemetry_counter.counting.outcomes import COUNTED, COUNTED_WITHOUT_VISITOR, DROPPED, Reason
from telemetry_counter.pages.addresses import Address, household_of, network_of
from telemetry_counter.pages.agents import MAX_CHARACTERS
from telemetry_counter.pages.dimensions import SPACE
from telemetry_counter.pages.hits import PageHit
from telemetry_counter.pages.rate_limits import RateLimit
from telemetry_counter.pages.referrers import host_of
from telemetry_counter.pages.values import Values
from telemetry_counter.pages.visitors import Fingerprints
from telemetry_counter.routes.page_intake import Accepted, Refused, Taken
from telemetry_counter.routes.page_readers import Headers, Reader, Readers, excluded, is_opted_out
from telemetry_counter.service import Service
from telemetry_counter.store.committing.pending import PendingBatch

REMEMBERED_HOSTS = 1_024
SECONDS_AN_HOUR = 3600


class Waiting(NamedTuple):
    """A hit on its way to the store."""

    batch: PendingBatch
    site: str
    opted_out: bool

    def said(self, outcome: bytes) -> bytes:
        """What the batch's outcome means for the hit."""
        if self.batch.failed and f"{self.site}:{SPACE}" in self.batch.failed:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        return COUNTED_WITHOUT_VISITOR if self.opted_out and outcome is COUNTED else outcome


class PageCounting:
    """The way of every page hit, by whatever route it came."""

    def __init__(self, service: Service, readers: Readers) -> None:
        self._service = service
        self._committer = service.committer
        self._readers = readers
        self._limit = RateLimit(service.settings.rate_limit, service.clock.now)
        self._values = Values(service.settings.value_cap)
        self._fingerprints = Fingerprints(b"")
        self._own_host = lru_cache(REMEMBERED_HOSTS)(_own_host)
        self._hour = lru_cache(REMEMBERED_HOSTS)(self._values.of_hour)

    def count(self, taken: Taken, scope: Scope, headers: Headers, *, proxies: bool = True) -> bytes | Waiting:
        """The outcome, as X-Telemetry says it, or what there is to wait for.

        `proxies`: whether an image proxy's request counts.
        """
        if isinstance(taken, Refused):
            return self._refuse(taken)
        hit = taken.hit
        reader = self._readers.reader(hit.site, headers)
        address = self._readers.address(scope, headers)
        reason = excluded(scope["method"], headers) or self._reason(hit, reader, address, proxies)
        if reason:
            return self._drop(hit.owner, hit.site, reason)
        opted_out = hit.opted_out or is_opted_out(headers)
        country = self._readers.country(hit.site, scope, headers, address)
        values = self._values_of(taken, headers, reader, country)
        if opted_out:
            values = (*values, self._values.of_opted_out(hit.site))
        visitor = b"" if opted_out else self._visitor(hit, headers, address)
        batch = self._committer.count_values(hit.owner, hit.site, values, visitor)
        if batch is None:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        return Waiting(batch, hit.site, opted_out)

    def _reason(self, hit: PageHit, reader: Reader, address: Address, proxies: bool) -> Reason | None:
        """Why this reader's hit is not counted."""
        if reader.is_image_proxy:
            if not proxies:
                return Reason.IMAGE_PROXY
        elif reader.is_bot:
            return Reason.BOT
        allowed = self._limit.allows(hit.owner, hit.site, household_of(address))
        return None if allowed else Reason.RATE_LIMITED

    def _values_of(
        self, taken: Accepted, headers: Headers, reader: Reader, country: tuple[Value, ...]
    ) -> tuple[Value, ...]:
        if taken.hit.event:
            return taken.internal
        page = taken.internal
        if taken.external is not page:
            shown_on = headers.get(b"referer") or headers.get(b"origin") or b""
            if self._own_host(shown_on) != taken.hit.referrer.host:
                page = taken.external
        hour = int(self._service.clock.now() % SECONDS_A_DAY // SECONDS_AN_HOUR)
        return page + reader.profile + country + self._hour(taken.hit.site, hour)

    def _visitor(self, hit: PageHit, headers: Headers, address: Address) -> bytes:
        salt = self._service.salts.of(self._service.clock.today())
        if salt is not self._fingerprints.salt:
            self._fingerprints = Fingerprints(salt)
        agent = headers.get(b"user-agent", b"")[:MAX_CHARACTERS]
        return self._fingerprints.of(hit.owner, hit.site, network_of(address), agent)

    def _refuse(self, taken: Refused) -> bytes:
        if taken.site:
            return self._drop(taken.owner, taken.site, taken.reason)
        if taken.reason is Reason.UNKNOWN_APP and self._service.hasher is None:
            return DROPPED[Reason.STORE_UNAVAILABLE]  # nothing is known yet
        return DROPPED[taken.reason]

    def _drop(self, owner: str, site: str, reason: Reason) -> bytes:
        self._committer.refuse(owner, site, reason)
        return DROPPED[reason]


def _own_host(page: bytes) -> str:
    return host_of(page.decode("latin-1"))
