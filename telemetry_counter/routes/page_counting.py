"""What becomes of a hit: who sends it, whether it counts, and its commit."""

from functools import lru_cache

from starlette.types import Scope

from telemetry_counter.counting.batch import Value
from telemetry_counter.counting.clock import SECONDS_A_DAY
from telemetry_counter.counting.outcomes import COUNTED, COUNTED_WITHOUT_VISITOR, DROPPED, Reason
from telemetry_counter.pages.addresses import Client
from telemetry_counter.pages.agents import MAX_CHARACTERS
from telemetry_counter.pages.dimensions import SPACE
from telemetry_counter.pages.hits import PageHit
from telemetry_counter.pages.rate_limits import RateLimit
from telemetry_counter.pages.referrers import host_of
from telemetry_counter.pages.values import Values
from telemetry_counter.pages.visitors import Fingerprints
from telemetry_counter.routes.page_intake import Accepted, Refused, Taken
from telemetry_counter.routes.page_readers import Headers, Readers, excluded, is_opted_out
from telemetry_counter.service import Service

REMEMBERED_HOSTS = 1_024
SECONDS_AN_HOUR = 3600


class PageCounting:
    """The one way on which every page's hit goes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._committer = service.committer
        self._readers = Readers(service.settings)
        self._limit = RateLimit(service.settings.rate_limit, service.clock.now)
        self._values = Values(service.settings.value_cap)
        self._fingerprints = Fingerprints(b"")
        self._own_host = lru_cache(REMEMBERED_HOSTS)(_own_host)
        self._hour = lru_cache(REMEMBERED_HOSTS)(lambda site, hour: (self._values.of_hour(site, hour),))

    async def count(self, taken: Taken, scope: Scope, headers: Headers, *, proxies: bool = True) -> bytes:
        """The outcome, as X-Telemetry says it. `proxies`: whether an image proxy's request counts."""
        if isinstance(taken, Refused):
            return self._refuse(taken)
        client = self._readers.client(scope, headers)
        reason = self._reason(taken, scope, headers, proxies) or self._limited(taken, client.bucket)
        if reason:
            return self._drop(taken.hit.owner, taken.hit.site, reason)
        return await self._commit(taken, scope, headers, client)

    def _reason(self, taken: Accepted, scope: Scope, headers: Headers, proxies: bool) -> Reason | None:
        reason = excluded(scope["method"], headers)
        if reason:
            return reason
        agent = self._readers.agent(headers)
        if agent.is_image_proxy:
            return None if proxies else Reason.IMAGE_PROXY
        return Reason.BOT if agent.is_bot else None

    def _limited(self, taken: Accepted, bucket: bytes) -> Reason | None:
        allowed = self._limit.allows(taken.hit.owner, taken.hit.site, bucket)
        return None if allowed else Reason.RATE_LIMITED

    async def _commit(self, taken: Accepted, scope: Scope, headers: Headers, client: Client) -> bytes:
        hit = taken.hit
        opted_out = hit.opted_out or is_opted_out(headers)
        values = self._values_of(taken, scope, headers, client, opted_out)
        visitor = b"" if opted_out else self._visitor(hit, headers, client)
        batch = self._committer.count_values(hit.owner, hit.site, values, visitor)
        if batch is None:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        outcome = await batch.outcome
        if batch.failed and f"{hit.site}:{SPACE}" in batch.failed:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        return COUNTED_WITHOUT_VISITOR if opted_out and outcome is COUNTED else outcome

    def _values_of(
        self, taken: Accepted, scope: Scope, headers: Headers, client: Client, opted_out: bool
    ) -> tuple[Value, ...]:
        hit = taken.hit
        if hit.event:
            return taken.internal
        own = self._own_host(headers.get(b"referer") or headers.get(b"origin") or b"")
        page = taken.internal if hit.referrer.host == own else taken.external
        country = self._readers.country(scope, headers, client)
        values = page + self._readers.profile(hit.site, headers, country) + self._hours(hit.site)
        return (*values, self._values.of_opted_out(hit.site)) if opted_out else values

    def _hours(self, site: str) -> tuple[Value, ...]:
        return self._hour(site, int(self._service.clock.now() % SECONDS_A_DAY // SECONDS_AN_HOUR))

    def _visitor(self, hit: PageHit, headers: Headers, client: Client) -> bytes:
        salt = self._service.salts.of(self._service.clock.today())
        if salt is not self._fingerprints.salt:
            self._fingerprints = Fingerprints(salt)
        agent = headers.get(b"user-agent", b"")[:MAX_CHARACTERS]
        return self._fingerprints.of(hit.owner, hit.site, client.network, agent)

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
