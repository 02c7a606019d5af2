"""One HTTP request: short, without redirects, cookies or anything else that is not said here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from telemetry_counter import __version__

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

SECONDS = 3.0
"""For each step: connecting, and every wait for bytes."""

MAX_ANSWER = 1 << 20

USER_AGENT = f"telemetry-counter-client/{__version__}"


class Unreachable(Exception):
    """No answer came back: no network, no such host, refused, timed out, a certificate nobody vouches for."""


class Answer(NamedTuple):
    status: int
    outcome: str
    """The X-Telemetry header; empty from anything that is not the service."""
    body: bytes
    version: str = ""
    """The X-Update-Version header: what is offered, or the latest."""


def exchange(
    url: str, headers: Mapping[str, str], body: bytes | None = None, seconds: float = SECONDS
) -> Answer:
    """A GET, or a POST where there is a body; whatever status comes back is an answer."""
    import http.client
    import urllib.request

    request = urllib.request.Request(url, body, {"User-Agent": USER_AGENT, **headers})  # noqa: S310
    try:
        with _opener().open(request, timeout=seconds) as response:
            outcome, version = (
                response.headers.get(name, "") for name in ("X-Telemetry", "X-Update-Version")
            )
            return Answer(response.status, outcome, response.read(MAX_ANSWER), version)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(_sentence(error)) from error


def _opener() -> "OpenerDirector":
    """Without the handlers for redirects: the device id goes to the program's address and nowhere else."""
    import urllib.request

    opener = urllib.request.OpenerDirector()
    # From the environment only: asking macOS for its proxies is not safe after a fork.
    opener.add_handler(urllib.request.ProxyHandler(urllib.request.getproxies_environment()))
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler())
    return opener


def _sentence(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)
