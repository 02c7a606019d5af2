"""`/checkVersion` and `/telemetry/beacon`: the hot path.

Both run for every start of every installed program, so the way from the socket to the batch is short:
one look-up from the raw query to everything that is known of it, one scan of the headers, one hash,
one addition. Anything else happens once per distinct query.
"""

from collections.abc import Awaitable, Iterable

from starlette.types import Receive, Scope, Send

from telemetry_counter.counting.checks import Cell
from telemetry_counter.counting.devices import MAX_ID_CHARACTERS, NIL_UUID, is_too_long
from telemetry_counter.counting.networks import NetworkLimit
from telemetry_counter.counting.outcomes import COUNTED, COUNTED_WITHOUT_DEVICE, DROPPED, Reason
from telemetry_counter.metrics.tallies import Outcomes
from telemetry_counter.pages.addresses import network_of
from telemetry_counter.routes.page_readers import Readers
from telemetry_counter.routes.update_queries import Queries, Resolved
from telemetry_counter.service import Service

Headers = Iterable[tuple[bytes, bytes]]


class UpdateChecks:
    """Answers from the snapshot in memory, and counts where telemetry is on."""

    def __init__(self, service: Service, readers: Readers) -> None:
        self._service = service
        self._readers = readers
        most = service.settings.max_devices_per_network
        self._network_limit = NetworkLimit(most) if most else None
        self._committer = service.committer
        hits = service.metrics.tallies.hits
        self._checks, self._beacons = hits["/checkVersion"], hits["/telemetry/beacon"]
        self._counts = service.settings.enable_telemetry
        self._queries = Queries(service)

    def check_version(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._respond(self._queries.check(scope["query_string"]), scope, send, self._checks)

    def beacon(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._respond(self._queries.beacon(scope["query_string"]), scope, send, self._beacons)

    async def _respond(self, resolved: Resolved, scope: Scope, send: Send, tally: Outcomes) -> None:
        device, cross_origin = read_headers(scope["headers"])
        if scope["method"] != "GET":
            outcome = DROPPED[Reason.HEAD]
        elif resolved.cell is None:
            outcome = self._refuse(resolved)
        else:
            outcome = await self._count(resolved.cell, device, scope)
        tally[outcome] += 1
        if resolved.staged:
            resolved = Resolved(self._queries.answer(resolved.staged, device))
        await send(resolved.start(outcome, cross_origin))
        await send(resolved.body)

    async def _count(self, cell: Cell, device: bytes, scope: Scope) -> bytes:
        hasher = self._service.hasher
        if hasher is None:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        if not device or (len(device) > MAX_ID_CHARACTERS and is_too_long(device)):
            reason = Reason.BAD_DEVICE if device else Reason.NO_DEVICE
            self._committer.refuse(cell.owner, cell.app, reason)
            return DROPPED[reason]
        hashed = b"" if device == NIL_UUID else hasher.hash(cell.owner, device)
        is_over = self._network_limit is not None and self._is_over_limit(cell, hashed, scope)
        batch = self._committer.count(cell, b"" if is_over else hashed)
        if batch is None:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        outcome = await batch.outcome
        if cell.key in batch.failed:
            return DROPPED[Reason.STORE_UNAVAILABLE]
        return COUNTED_WITHOUT_DEVICE if is_over and outcome is COUNTED else outcome

    def _is_over_limit(self, cell: Cell, hashed: bytes, scope: Scope) -> bool:
        network = network_of(self._readers.address(scope, dict(scope["headers"])))
        limit, now = self._network_limit, self._service.clock.now()
        if not hashed or limit is None or limit.admits(cell.owner, cell.app, network, hashed, now):
            return False
        self._committer.refuse(cell.owner, cell.app, Reason.NETWORK_LIMIT)
        return True

    def _refuse(self, resolved: Resolved) -> bytes:
        reason = resolved.reason or Reason.INVALID
        if resolved.app and self._counts:
            self._committer.refuse(resolved.owner, resolved.app, reason)
        return DROPPED[reason]


def read_headers(headers: Headers) -> tuple[bytes, bool]:
    """The device's id (b'' for none; electron-updater sends it under a name of its own), and whether a
    page of another origin asks."""
    device = b""
    cross_origin = False
    for name, value in headers:
        if name == b"x-device-id" or (name == b"x-user-staging-id" and not device):
            device = value
        elif name == b"origin":
            cross_origin = True
    return device, cross_origin
