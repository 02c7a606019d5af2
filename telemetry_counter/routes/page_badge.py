"""The badge of a page: an image with its count, which counts like the embedded one."""

import asyncio

from starlette.types import Receive, Scope, Send

from telemetry_counter.counting.query import MAX_QUERY_BYTES, read_query
from telemetry_counter.errors import InvalidInput, StoreUnavailable
from telemetry_counter.pages import badge
from telemetry_counter.pages.dimensions import By
from telemetry_counter.reporting.selection import Reach, dates
from telemetry_counter.routes.page_answers import Answers
from telemetry_counter.routes.page_counting import PageCounting, Waiting
from telemetry_counter.routes.page_intake import Accepted, Intake, Refused, Taken
from telemetry_counter.service import Service
from telemetry_counter.store.reading.page_figures import count_over

PARAMETERS = frozenset({"title", "start", "fullNum"})
NOT_KNOWN = "?"


class PageBadge:
    def __init__(self, service: Service, intake: Intake, counting: PageCounting) -> None:
        self._service = service
        self._intake = intake
        self._counting = counting
        self._read_seconds = service.settings.commit_budget_ms / 1000
        self._tally = service.metrics.tallies.hits["/telemetry/{owner}/{app}/badge.svg"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        names, query = scope["path_params"], scope["query_string"]
        taken = self._intake.of_embed(names["owner"], names["app"], query, headers.get(b"referer", b""))
        counted = self._counting.count(taken, scope, headers, proxies=False)
        outcome = counted.said(await counted.batch.outcome) if isinstance(counted, Waiting) else counted
        self._tally[outcome] += 1
        svg = await self._draw(taken, query)
        sentence = taken.sentence if isinstance(taken, Refused) else ""
        answers = Answers(200, b"image/svg+xml", svg.encode())
        await send(answers.start(outcome, b"origin" in headers, sentence))
        await send(answers.body)

    async def _draw(self, taken: Taken, query: bytes) -> str:
        given = read_badge_query(query)
        try:
            async with asyncio.timeout(self._read_seconds):
                count = await self._count(taken) + badge.read_start(given.get("start", ""))
        except (InvalidInput, StoreUnavailable, TimeoutError):
            number = NOT_KNOWN
        else:
            in_full = given.get("fullNum", "").lower() in ("true", "1")
            number = str(count) if in_full else badge.short(count)
        return badge.draw(badge.read_title(given.get("title", "")), number)

    async def _count(self, taken: Taken) -> int:
        """Over all days that are kept."""
        if not isinstance(taken, Accepted):
            raise InvalidInput("There is no such page.")
        hit, service = taken.hit, self._service
        field = By.EVENT.value.prefix + hit.event if hit.event else By.PATH.value.prefix + hit.page.path
        today = service.clock.today()
        days = dates(Reach(today, service.settings.retention_days).first, today)
        return await count_over(service.client, service.keys.admin(hit.owner), hit.site, field, days)


def read_badge_query(query: bytes) -> dict[str, str]:
    """As much as can be read: the badge is shown in any case."""
    try:
        return read_query(query, PARAMETERS) if len(query) <= MAX_QUERY_BYTES else {}
    except InvalidInput:
        return {}
