"""`GET /telemetry/request`: what the service sees of the request in hand, for whoever sets up a proxy.

A page view that came the same way would be counted as this says.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.pages.addresses import address_text, network_text
from telemetry_counter.pages.agents import MAX_CHARACTERS, read_agent
from telemetry_counter.pages.languages import first_language
from telemetry_counter.routes.access import authenticate
from telemetry_counter.routes.page_readers import Readers, excluded, is_opted_out


class RequestSeen:
    """Answers only with a token. Nothing of the request is kept."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def show(self, request: Request) -> JSONResponse:
        authenticate(request)
        return JSONResponse(self._seen(request), headers={"Cache-Control": "no-store"})

    def _seen(self, request: Request) -> dict[str, Any]:
        headers = dict(request.scope["headers"])
        agent = read_agent(request.headers.get("user-agent", "")[:MAX_CHARACTERS])
        address = self._readers.address(request.scope, headers)
        country = self._readers.country("", request.scope, headers, address)
        reason = excluded(request.method, headers) or (Reason.BOT if agent.is_bot else None)
        peer = request.client.host if request.client else ""
        return {
            "peer": peer,
            "peer_is_trusted": self._readers.trusts(peer),
            "x_forwarded_for": ", ".join(request.headers.getlist("x-forwarded-for")),
            "forwarded": ", ".join(request.headers.getlist("forwarded")),
            "address": address_text(address),
            "visitor_network": network_text(address),
            "country": country[0].value if country else "",
            "browser": agent.browser,
            "system": agent.system,
            "device": agent.device,
            "language": first_language(request.headers.get("accept-language", "")),
            "opted_out": is_opted_out(headers),
            "page_view": f"dropped; reason={reason}" if reason else "counted",
        }
