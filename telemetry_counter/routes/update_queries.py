"""What a query of an update check or a beacon leads to, worked out once and remembered."""

from functools import lru_cache

import orjson
from starlette.types import Message

from telemetry_counter.counting.checks import PARAMETERS, Cell, Check, build_check
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.counting.query import MAX_QUERY_BYTES, read_query
from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases.answers import UPDATERS, Answer, answer, rollout_device
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.service import Service

REMEMBERED_QUERIES, REMEMBERED_BYTES = 8_192, 1024
"""Distinct queries are about as many as cells; a flood of other or of long ones costs time, not memory."""

NO_STORE = b"no-store, no-cache, max-age=0, s-maxage=0, proxy-revalidate"
NO_CONTENT = Answer(204)
NOTHING_PUBLISHED = ReleaseHistory(())
TOO_LONG = InvalidInput(f"The query is longer than {MAX_QUERY_BYTES} bytes.")
SWITCHED_OFF = "Telemetry is off on this service; its operator can switch it on with ENABLE_TELEMETRY=true."


class Resolved:
    """All that one query leads to: a cell, or a reason not to count; and the answer.

    `staged` is the check where the answer depends on the device, because a rollout does not reach all.
    """

    __slots__ = ("_starts", "answer", "app", "body", "cell", "owner", "reason", "staged")

    def __init__(
        self,
        answer: Answer,
        *,
        cell: Cell | None = None,
        reason: Reason | None = None,
    ) -> None:
        self.staged: Check | None = None
        self.answer = answer
        self.body: Message = {"type": "http.response.body", "body": answer.body}
        self.cell = cell
        self.reason = reason
        self.owner = self.app = ""
        self._starts: dict[tuple[bytes, bool], Message] = {}

    def start(self, outcome: bytes, cross_origin: bool) -> Message:
        message = self._starts.get((outcome, cross_origin))
        if message is None:
            message = self._starts[outcome, cross_origin] = self._build_start(outcome, cross_origin)
        return message

    def _build_start(self, outcome: bytes, cross_origin: bool) -> Message:
        headers = [*self.answer.headers, (b"x-telemetry", outcome)]
        if self.answer.status != 204:
            headers.append((b"cache-control", NO_STORE))
        if cross_origin:
            headers.append((b"access-control-allow-origin", b"*"))
            headers.append(
                (b"access-control-expose-headers", b"X-Telemetry, X-Telemetry-Error, X-Update-Version")
            )
        return {"type": "http.response.start", "status": self.answer.status, "headers": headers}


class Queries:
    """Those of both routes. What was worked out is forgotten whenever an app or a release changes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._counts = service.settings.enable_telemetry
        self._remembered_check = lru_cache(REMEMBERED_QUERIES)(self._check_of)
        self._remembered_beacon = lru_cache(REMEMBERED_QUERIES)(self._beacon_of)
        service.on_change(self._remembered_check.cache_clear)
        service.on_change(self._remembered_beacon.cache_clear)

    def check(self, query: bytes) -> Resolved:
        return self._remembered_check(query) if len(query) <= REMEMBERED_BYTES else self._check_of(query)

    def beacon(self, query: bytes) -> Resolved:
        return self._remembered_beacon(query) if len(query) <= REMEMBERED_BYTES else self._beacon_of(query)

    def _check_of(self, query: bytes) -> Resolved:
        if len(query) > MAX_QUERY_BYTES:
            return refused(TOO_LONG)
        try:
            values = read_query(query, PARAMETERS)
            check = build_check(values | {"is_latest": ""}, self._service.settings.default_owner)
            if check.updater and check.updater not in UPDATERS:
                raise InvalidInput(f"updater must be one of {', '.join(sorted(UPDATERS))}.")
        except InvalidInput as error:
            return self._attributed(refused(error), query)
        resolved = self._counted(check, self.answer(check))
        app = self._service.snapshot.app(check.owner, check.app)
        if app and app.history.is_staged and rollout_device(check.updater, "") is not None:
            resolved.staged = check
        return resolved

    def _beacon_of(self, query: bytes) -> Resolved:
        if not self._counts:
            return Resolved(json_answer(403, {"error": SWITCHED_OFF}), reason=Reason.DISABLED)
        if len(query) > MAX_QUERY_BYTES:
            return dropped(TOO_LONG)
        try:
            check = build_check(read_query(query, PARAMETERS), self._service.settings.default_owner)
        except InvalidInput as error:
            return self._attributed(dropped(error), query)
        return self._counted(check, NO_CONTENT)

    def answer(self, check: Check, device: bytes = b"") -> Answer:
        service = self._service
        app = service.snapshot.app(check.owner, check.app)
        history = app.history if app else NOTHING_PUBLISHED
        drawn_by = rollout_device(check.updater, device.decode("utf-8", "replace"))
        offer = history.offer(
            check.channel, check.platform, check.arch, check.version, service.now(), drawn_by
        )
        return answer(offer, check.updater)

    def _counted(self, check: Check, response: Answer) -> Resolved:
        if not self._counts:
            return Resolved(response, reason=Reason.DISABLED)
        if self._service.snapshot.app(check.owner, check.app) is None:
            is_known = self._service.hasher is not None
            return Resolved(response, reason=Reason.UNKNOWN_APP if is_known else Reason.STORE_UNAVAILABLE)
        return Resolved(response, cell=Cell(check))

    def _attributed(self, resolved: Resolved, query: bytes) -> Resolved:
        """An invalid hit still belongs to its app, if the query names one that exists."""
        try:
            values = read_query(query, ("owner", "app_name"))
        except InvalidInput:
            return resolved
        owner, app = values.get("owner") or self._service.settings.default_owner, values.get("app_name", "")
        if self._service.snapshot.app(owner, app):
            resolved.owner, resolved.app = owner, app
        return resolved


def refused(error: InvalidInput) -> Resolved:
    reason = Reason.TOO_LARGE if error is TOO_LONG else Reason.INVALID
    return Resolved(json_answer(400, {"error": str(error)}), reason=reason)


def dropped(error: InvalidInput) -> Resolved:
    reason = Reason.TOO_LARGE if error is TOO_LONG else Reason.INVALID
    return Resolved(Answer(204, ((b"x-telemetry-error", str(error).encode()),), b""), reason=reason)


def json_answer(status: int, content: dict[str, str]) -> Answer:
    return Answer(status, ((b"content-type", b"application/json"),), orjson.dumps(content))
