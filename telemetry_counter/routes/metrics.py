"""`GET /metrics`: Prometheus text, for whoever has its token; without one, for this machine only."""

import asyncio
import logging
from contextlib import suppress
from hmac import compare_digest

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.metrics.families import exposition
from telemetry_counter.metrics.tallies import Gauges
from telemetry_counter.pages.addresses import is_loopback, parse_address
from telemetry_counter.service import Service
from telemetry_counter.store.complaints import Complaint

log = logging.getLogger("telemetry_counter.metrics")

KEEP_SECONDS = 1.0
FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via")
"""Whoever else sent the request, a proxy of this machine says so, whether it is trusted or not."""


class MetricsPage:
    """Also keeps this worker's record for the others, once a second."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._token = service.settings.metrics_token.encode()
        self._task: asyncio.Task[None] | None = None
        self._unseen = Complaint(log, "The other workers' /metrics leave this one out: %(why)s")

    async def show(self, request: Request) -> Response:
        self._admit(request)
        workers = self._service.metrics.of_all(self._gauges())
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        return Response(exposition(workers), headers=headers)

    def start(self) -> None:
        if self._service.metrics.directory:
            self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """After the last commits, so that they are in the sums."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._keep()

    async def _go_on(self) -> None:
        while True:
            self._keep()
            await asyncio.sleep(KEEP_SECONDS)

    def _keep(self) -> None:
        try:
            self._service.metrics.keep(self._gauges())
        except FileNotFoundError:
            pass  # the directory went with a killed supervisor, and this worker is about to
        except OSError as error:
            self._unseen.say(0, error)

    def _gauges(self) -> Gauges:
        service = self._service
        return service.metrics.gauges(
            store_is_up=service.store_is_up,
            buffer_bytes=service.committer.buffered_bytes,
            buffer_hits=service.committer.buffered_hits,
            limit_bytes=service.settings.buffer_mb * 1_000_000,
        )

    def _admit(self, request: Request) -> None:
        """Raises Unauthorized or Forbidden."""
        if self._token:
            scheme, _, text = request.headers.get("authorization", "").partition(" ")
            given = text.strip().encode("utf-8", "replace") if scheme.lower() == "bearer" else b""
            if not compare_digest(given, self._token):
                raise Unauthorized("Send the header 'Authorization: Bearer METRICS_TOKEN', with its value.")
        elif not is_local(request):
            raise Forbidden(
                "Without METRICS_TOKEN, metrics are for this machine only: ask 127.0.0.1, past any proxy."
            )


def is_local(request: Request) -> bool:
    """Whether it comes straight from this machine: not by way of a proxy, nor of a name that leads here."""
    if request.client is None or any(name in request.headers for name in FORWARDING):
        return False
    host = request.url.hostname or ""
    is_named_local = host == "localhost" or is_loopback(parse_address(host))
    return is_named_local and is_loopback(parse_address(request.client.host))
