"""`POST /telemetry/events`: summaries of events, as client libraries send them once a day."""

import datetime as dt
from dataclasses import dataclass

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting.devices import MAX_ID_CHARACTERS, NIL_UUID, DeviceHasher, is_too_long
from telemetry_counter.counting.outcomes import COUNTED, COUNTED_WITHOUT_UNDECLARED, DROPPED, Reason
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.declaration import select
from telemetry_counter.events.summary import (
    MAX_AGE_DAYS,
    MAX_BODY_BYTES,
    Sender,
    Summary,
    parse_sender,
    parse_summary,
)
from telemetry_counter.routes.bodies import read_body
from telemetry_counter.routes.reports import SWITCHED_OFF
from telemetry_counter.service import Service, limits, replicas
from telemetry_counter.store.committing.event_batches import EventBatches

MOST_NAMED = 5
"""Things left out that an answer names."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Telemetry, X-Telemetry-Error",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a summary. `sentence`: what is wrong with it, if anything."""

    outcome: bytes
    sentence: str = ""
    status: int = 204


class ClientEvents:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._tally = service.metrics.tallies.hits["/telemetry/events"]
        self._batches = EventBatches(
            service.client,
            service.keys,
            limits(service.settings),
            service.clock,
            budget_seconds=service.settings.commit_budget_ms / 1000,
            replicas=replicas(service.settings),
        )

    async def take(self, request: Request) -> Response:
        verdict = await self._verdict(request)
        self._tally[verdict.outcome] += 1
        return answered(verdict, cross_origin="origin" in request.headers)

    async def _verdict(self, request: Request) -> Verdict:
        if not self._service.settings.enable_telemetry:
            return Verdict(DROPPED[Reason.DISABLED], SWITCHED_OFF, 403)
        try:
            body = await read_body(request, MAX_BODY_BYTES)
        except InvalidInput as error:
            return Verdict(DROPPED[Reason.TOO_LARGE], str(error), 413)
        try:
            summary = parse_summary(body, self._service.settings.default_owner)
            self._check_day(summary)
        except InvalidInput as error:
            self._refuse_sender(parse_sender(body))
            return Verdict(DROPPED[Reason.INVALID], str(error), 400)
        return await self._of_summary(summary, request.headers.get("x-device-id", "").encode("latin-1"))

    async def _of_summary(self, summary: Summary, device_id: bytes) -> Verdict:
        app = self._service.snapshot.app(summary.owner, summary.app_name)
        hasher = self._service.hasher
        if hasher is None or (app is None and not self._is_known()):
            return Verdict(DROPPED[Reason.STORE_UNAVAILABLE])
        if app is None:
            return Verdict(DROPPED[Reason.UNKNOWN_APP], "There is no such app.")
        if is_too_long(device_id):
            sentence = f"X-Device-ID is longer than {MAX_ID_CHARACTERS} characters."
            return self._drop(summary, Reason.BAD_DEVICE, sentence)
        if summary.day < self._first_day():
            sentence = f"day is before {self._first_day()}, the first that is still open."
            return self._drop(summary, Reason.TOO_OLD, sentence)
        return await self._count(summary, app, device_hash(hasher, summary.owner, device_id))

    async def _count(self, summary: Summary, app: App, device: bytes) -> Verdict:
        left_out: list[str] = []
        if app.declaration:
            events, left_out = select(app.declaration, summary.events)
            summary = msgspec.structs.replace(summary, events=events)
        outcome = await self._batches.commit(summary, device, Reason.UNDECLARED if left_out else None)
        if outcome is COUNTED and left_out:
            outcome = COUNTED_WITHOUT_UNDECLARED if summary.events else DROPPED[Reason.UNDECLARED]
        if outcome is DROPPED[Reason.STORE_UNAVAILABLE]:
            return self._drop(summary, Reason.STORE_UNAVAILABLE)
        return Verdict(outcome, undeclared(left_out))

    def _is_known(self) -> bool:
        """Whether the apps were ever read from the store."""
        return self._service.snapshot.revision > 0 or self._service.store_is_up

    def _check_day(self, summary: Summary) -> None:
        today = self._service.clock.today()
        if summary.day > today:
            raise InvalidInput(f"day is in the future; today is {today} (UTC).")

    def _first_day(self) -> dt.date:
        days = min(MAX_AGE_DAYS, self._service.settings.retention_days)
        return self._service.clock.today() - dt.timedelta(days=days)

    def _drop(self, summary: Summary, reason: Reason, sentence: str = "") -> Verdict:
        self._service.committer.refuse(summary.owner, summary.app_name, reason)
        return Verdict(DROPPED[reason], sentence)

    def _refuse_sender(self, sender: Sender) -> None:
        """An invalid summary still belongs to its app, if it names one that exists."""
        owner = sender.owner or self._service.settings.default_owner
        if self._service.snapshot.app(owner, sender.app_name):
            self._service.committer.refuse(owner, sender.app_name, Reason.INVALID)


def device_hash(hasher: DeviceHasher, owner: str, device_id: bytes) -> bytes:
    """b'' where there is no id, or its user refused to have one: the events count, no device does."""
    return hasher.hash(owner, device_id) if device_id and device_id != NIL_UUID else b""


def undeclared(left_out: list[str]) -> str:
    if not left_out:
        return ""
    more = f" and {len(left_out) - MOST_NAMED} more" if len(left_out) > MOST_NAMED else ""
    return f"Not declared, so not counted: {', '.join(left_out[:MOST_NAMED])}{more}."


def answered(verdict: Verdict, *, cross_origin: bool) -> Response:
    """The sentence is the body of an error; otherwise it is in a header."""
    headers = {"X-Telemetry": verdict.outcome.decode(), "Cache-Control": "no-store"}
    if cross_origin:
        headers |= CORS
    if verdict.status == 204:
        if verdict.sentence:
            headers["X-Telemetry-Error"] = verdict.sentence
        return Response(status_code=204, headers=headers)
    body = orjson.dumps({"error": verdict.sentence})
    return Response(body, verdict.status, headers, media_type="application/json")
