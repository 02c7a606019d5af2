"""What the running service says: whether it can count, and what it sees of a request."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any

from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.cli.doctor.of_metrics import of_metrics
from telemetry_counter.errors import InvalidInput
from telemetry_counter.settings import Settings

ANSWER_SECONDS = 5
LOOPBACK = ("127.", "::1", "localhost")
UNREADABLE = (OSError, ValueError, HTTPException)
"""Nothing answers, or what does is no service of ours."""


def base_of(settings: Settings, url: str | None) -> str:
    """Where the service is asked. Raises InvalidInput."""
    base = (url or f"http://{_reachable(settings.host)}:{settings.port}{settings.root_path}").rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise InvalidInput("--url must begin with http:// or https://.")
    return base


def whether_it_counts(base: str) -> bool | None:
    """What its policy says; None where there is none to be read."""
    try:
        policy = json.loads(_ask(f"{base}/telemetry/policy"))
    except UNREADABLE:
        return None
    counts = policy.get("telemetry_enabled") if isinstance(policy, dict) else None
    return counts if isinstance(counts, bool) else None


def of_service(
    base: str, metrics_token: str, token: str | None, *, is_named: bool = False
) -> Iterator[Finding]:
    """`is_named`: whether somebody said that the service is there."""
    try:
        _get(f"{base}/ready")
    except urllib.error.HTTPError as error:
        yield _of_error(base, error)
        return
    except UNREADABLE as error:
        why = error.args[-1] if error.args else error
        what = f"no service answers at {base} ({why})"
        if is_named:
            yield bad(what, "telemetry-counter serve, or mend --url and what is before the service")
        else:
            yield note(what, "telemetry-counter serve, or --url")
        return
    yield good(f"the service at {base} is ready")
    yield from _of_metrics(base, metrics_token)
    if token:
        yield from of_request(base, token)
    else:
        yield note("not asked what it sees of a request", "--token TOKEN, and --url as programs reach it")


def _of_metrics(base: str, token: str) -> list[Finding]:
    """Nothing where they may not be seen: from another machine, without a token."""
    try:
        return list(of_metrics(_ask(f"{base}/metrics", token).decode()))
    except UNREADABLE:
        return []


def _of_error(base: str, error: urllib.error.HTTPError) -> Finding:
    """Whether it is the service that says so, and whether it is elsewhere at the same host."""
    from telemetry_counter.routes.errors import SENTENCES

    said, (scheme, host, path, *_) = _said(error), urllib.parse.urlsplit(base)
    if error.code == 503 and "status" in said:
        return bad(f"the service at {base} answers 503: it cannot count", "look at its log")
    if error.code != 404:
        what = f"{base} answers {error.code}, and it is not the service that says so"
        return bad(what, "see what is before the service, and whether it finds the service; or mend --url")
    if path and said == {"error": SENTENCES[404]}:
        what = f"the service behind {base} does not know of {path}: it answers 404"
        return bad(what, f"set ROOT_PATH={path} for the service and start it anew, or mend --url")
    if path and _is_ready_or_away(f"{scheme}://{host}"):
        what = f"the service is at {scheme}://{host}, not at {base}, where something else answers 404"
        return bad(what, f"mend --url, or let what is before the service pass {path}/ on to it")
    return bad(
        f"{base} answers 404, and it is not the service that says so", "mend --url, or what is before it"
    )


def _is_ready_or_away(base: str) -> bool:
    """Whether a service like this one is there."""
    try:
        _get(f"{base}/ready", needed="buffered_bytes")
    except urllib.error.HTTPError as error:
        return "buffered_bytes" in _said(error)
    except UNREADABLE:
        return False
    return True


def _said(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        content = json.loads(error.read())
    except UNREADABLE:
        return {}
    return content if isinstance(content, dict) else {}


def of_request(base: str, token: str) -> Iterator[Finding]:
    try:
        seen = _get(f"{base}/telemetry/request", token, needed="peer")
    except urllib.error.HTTPError as error:
        said = "it takes no such token" if error.code == 401 else f"it answers {error.code}"
        yield bad(
            f"it does not tell what it sees: {said}", "telemetry-counter token create ADMIN makes another one"
        )
        return
    except UNREADABLE as error:
        yield bad(f"it does not tell what it sees: {error}", "look at what is between it and this machine")
        return
    yield of_proxies(seen)
    for name in ("x_forwarded_for", "forwarded", "address", "visitor_network", "country"):
        if seen[name]:
            yield good(f"it sees {name.replace('_', ' ')}: {json.dumps(seen[name])}")


def of_proxies(seen: Mapping[str, Any]) -> Finding:
    forwarded = seen["x_forwarded_for"] or seen["forwarded"]
    peer = seen["peer"]
    if forwarded and not seen["peer_is_trusted"]:
        return bad(
            f"this request came through a proxy at {peer} that is not trusted: all visitors look like one",
            f"TRUSTED_PROXIES={peer}, if it is yours",
        )
    if forwarded:
        return good(f"this request came through the trusted proxy {peer}, for {seen['address']}")
    if seen["peer_is_trusted"] and not peer.startswith(LOOPBACK):
        return bad(
            f"the trusted proxy {peer} does not say for whom it asks: all visitors look like one",
            "let it set X-Forwarded-For",
        )
    return good(f"this request came straight from {peer}")


def _reachable(host: str) -> str:
    """Where to ask a service that listens there."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
    return everywhere.get(host, f"[{host}]" if ":" in host else host)


def _get(url: str, token: str = "", *, needed: str = "status") -> dict[str, Any]:
    """Raises ValueError for what is no answer of ours: those have the key `needed`."""
    content = json.loads(_ask(url, token))
    if not isinstance(content, dict) or needed not in content:
        raise ValueError("no answer of a service like this one")
    return content


def _ask(url: str, token: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - checked by base_of
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
        content: bytes = answer.read()
        return content
