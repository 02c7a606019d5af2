"""The pixel, the hit and the embedded image: page views as sites send them that run no program of ours.

Every one gets its image or its 204, whatever becomes of the hit.
"""

from collections.abc import Awaitable, Mapping

from starlette.types import Message, Receive, Scope, Send

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.metrics.tallies import Outcomes
from telemetry_counter.pages.hits import MAX_BODY_BYTES
from telemetry_counter.routes.page_answers import NOTHING, PIXEL, Answers
from telemetry_counter.routes.page_counting import PageCounting, Waiting
from telemetry_counter.routes.page_intake import Intake, Refused, Taken
from telemetry_counter.routes.page_readers import Headers

EMPTY: Message = {"body": b""}
BROKEN_OFF = Refused(Reason.INVALID, "The body ended before it was whole.")
BODY_TOO_LARGE = Refused(Reason.TOO_LARGE, f"The body is longer than {MAX_BODY_BYTES} bytes.")


class PageHits:
    def __init__(self, intake: Intake, counting: PageCounting, hits: Mapping[str, Outcomes]) -> None:
        self._intake = intake
        self._counting = counting
        self._pixels, self._hits = hits["/api/telemetry/pixel"], hits["/api/telemetry/hit"]
        self._gifs = hits["/telemetry/{owner}/{app}.gif"]

    def pixel(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        taken = self._intake.of_query(scope["query_string"])
        return self._answer(taken, PIXEL, scope, dict(scope["headers"]), send, self._pixels)

    async def hit(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive() if scope["method"] == "POST" else EMPTY
        body = message.get("body") if not message.get("more_body") else await read_rest(message, receive)
        taken: Taken
        if body is None:
            taken = BROKEN_OFF
        elif len(body) > MAX_BODY_BYTES:
            taken = BODY_TOO_LARGE
        else:
            taken = self._intake.of_body(body) if body else self._intake.of_query(scope["query_string"])
        await self._answer(taken, NOTHING, scope, dict(scope["headers"]), send, self._hits)

    def gif(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        headers = dict(scope["headers"])
        names = scope["path_params"]
        referer = headers.get(b"referer", b"")
        taken = self._intake.of_embed(names["owner"], names["app"], scope["query_string"], referer)
        return self._answer(taken, PIXEL, scope, headers, send, self._gifs)

    async def _answer(
        self, taken: Taken, answers: Answers, scope: Scope, headers: Headers, send: Send, tally: Outcomes
    ) -> None:
        counted = self._counting.count(taken, scope, headers)
        outcome = counted.said(await counted.batch.outcome) if isinstance(counted, Waiting) else counted
        tally[outcome] += 1
        sentence = taken.sentence if isinstance(taken, Refused) else ""
        await send(answers.start(outcome, b"origin" in headers, sentence))
        await send(answers.body)


async def read_rest(message: Message, receive: Receive) -> bytes | None:
    """The body, cut soon after its bound; None if its sender went away."""
    body = bytearray(message.get("body", b""))
    while message.get("more_body") and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
    return bytes(body)
