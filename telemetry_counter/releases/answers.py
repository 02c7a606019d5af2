"""An offer in the words of each updater."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from string import punctuation
from urllib.parse import quote

import orjson

from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases.offers import Offer, Outcome
from telemetry_counter.releases.packages import USES, usable_url

MANUAL = "manual"
UPDATERS = frozenset({MANUAL, *USES})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP response; header names are in lower case."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


def answer(offer: Offer, updater: str = MANUAL) -> Answer:
    """`updater` is one of UPDATERS; '' is manual, anything else InvalidInput."""
    form = _FORMS.get(updater or MANUAL)
    if form is None:
        raise InvalidInput(f"updater must be one of {', '.join(sorted(UPDATERS))}.")
    return form(offer)


def rollout_device(updater: str, device_id: str) -> str | None:
    """The `device_id` to ask the history with: only a manual client can decide on a rollout itself."""
    return None if updater in ("", MANUAL) else device_id


def _manual(offer: Offer) -> Answer:
    if offer.outcome is Outcome.NOT_FOUND:
        return _json(200, _NOT_FOUND)
    is_update = offer.outcome is Outcome.UPDATE
    fields: dict[str, object] = {"update_available": is_update, "critical": offer.critical}
    for package, url in offer.packages.items():
        fields[f"update_url_{package}" if package else "update_url"] = url
    if offer.changelog:
        fields["changelog"] = offer.changelog
    if is_update:
        return _versioned(offer, {**fields, **_update_fields(offer)})
    return _versioned(offer, {**fields, "possible_rollback": offer.outcome is Outcome.ROLLBACK})


def _versioned(offer: Offer, fields: dict[str, object]) -> Answer:
    """With the offered version, or the latest, in a header: the body's shape is that of other clients."""
    answer = _json(200, fields)
    return Answer(
        200, (*answer.headers, (b"x-update-version", _header(offer.releases[0].version))), answer.body
    )


def _update_fields(offer: Offer) -> dict[str, object]:
    fields: dict[str, object] = {"is_intermediate_required": True} if offer.is_required else {}
    release = offer.releases[0]
    if release.rollout_percent is not None:
        fields["rollout"] = {"percent": release.rollout_percent, "seed": release.seed}
    return fields


def _squirrel_darwin(offer: Offer) -> Answer:
    url = _url(offer, "squirrel_darwin")
    if not url:
        return _NO_CONTENT
    fields = {"url": url, "name": offer.releases[0].version}
    return _json(200, {**fields, "notes": offer.changelog, "pub_date": _pub_date(offer)})


def _squirrel_windows(offer: Offer) -> Answer:
    """Squirrel.Windows compares versions itself, in the RELEASES file it always gets."""
    url = usable_url(offer, "squirrel_windows")
    return _redirect(url) if url else _json(404, _NOT_FOUND)


def _electron_builder(offer: Offer) -> Answer:
    url = _url(offer, "electron-builder")
    return _redirect(url) if url else _NO_CONTENT


def _tauri(offer: Offer) -> Answer:
    url = _url(offer, "tauri")
    if not url:
        return _NO_CONTENT
    fields = {"version": offer.releases[0].version, "url": url, "signature": offer.signature(url)}
    return _json(200, {**fields, "notes": offer.changelog, "pub_date": _pub_date(offer)})


def _url(offer: Offer, updater: str) -> str:
    """The URL of the update, '' where there is none or none of use."""
    return usable_url(offer, updater) if offer.outcome is Outcome.UPDATE else ""


def _pub_date(offer: Offer) -> str:
    """RFC 3339 without fractions, which Squirrel.Mac does not read."""
    published = offer.releases[0].published.astimezone(UTC)
    return published.isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(status: int, fields: dict[str, object]) -> Answer:
    body = orjson.dumps(fields)
    length = str(len(body)).encode()
    return Answer(status, ((b"content-type", b"application/json"), (b"content-length", length)), body)


def _redirect(url: str) -> Answer:
    return Answer(302, ((b"location", _header(url)), (b"content-length", b"0")))


def _header(text: str) -> bytes:
    """Checked when it was published; quoted again, so that nothing in a store can split a header."""
    return quote(text, safe=punctuation, errors="replace").encode("ascii")


_NOT_FOUND: dict[str, object] = {"update_available": False, "error": "Not found"}
_NO_CONTENT = Answer(204)

_FORMS: dict[str, Callable[[Offer], Answer]] = {
    MANUAL: _manual,
    "squirrel_darwin": _squirrel_darwin,
    "squirrel_windows": _squirrel_windows,
    "electron-builder": _electron_builder,
    "tauri": _tauri,
}
