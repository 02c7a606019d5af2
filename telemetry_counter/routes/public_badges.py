"""`/badge/{owner}/{app}/{figure}.svg` and `.json`: figures of a public app to embed. They count nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting import names
from telemetry_counter.counting.query import MAX_QUERY_BYTES, read_query
from telemetry_counter.errors import InvalidInput, NotFound, StoreUnavailable
from telemetry_counter.pages import badge
from telemetry_counter.reporting.public import FEWEST, RANGES
from telemetry_counter.routes.public_figures import KEPT_SECONDS, PublicFigures

PARAMETERS = frozenset({"label", "color", "range", "channel"})
TOO_FEW = f"< {FEWEST}"
AWAY_SECONDS = 60
EMBEDDED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}
SHARES = ((80, "brightgreen"), (60, "green"), (40, "yellowgreen"), (20, "yellow"), (0, "orange"))


@dataclass(frozen=True, slots=True)
class Badge:
    """`color` is one of badge.COLORS or what badge.read_color gave."""

    label: str
    message: str
    color: str = "lightgrey"
    cache_seconds: int = KEPT_SECONDS


class PublicBadges:
    def __init__(self, figures: PublicFigures) -> None:
        self._figures = figures

    async def svg(self, request: Request) -> Response:
        made = await self._make(request)
        drawn = badge.draw(made.label, made.message, badge.read_color(made.color))
        return Response(drawn, headers=headers(made.cache_seconds), media_type="image/svg+xml")

    async def json(self, request: Request) -> Response:
        """As shields.io's endpoint badge reads it."""
        made = await self._make(request)
        content = {
            "schemaVersion": 1,
            "label": made.label,
            "message": made.message,
            "color": made.color.removeprefix("#"),
            "cacheSeconds": made.cache_seconds,
        }
        return Response(
            orjson.dumps(content), headers=headers(made.cache_seconds), media_type="application/json"
        )

    async def _make(self, request: Request) -> Badge:
        owner, name, figure = (request.path_params[part] for part in ("owner", "app", "figure"))
        app = self._figures.app(owner, name)
        given = read_badge_query(request.scope["query_string"])
        made = await self._figure(figure, owner, app, given)
        return Badge(
            badge.read_title(given["label"]) if given.get("label") else made.label,
            made.message,
            badge.read_color(given["color"]) if given.get("color") else made.color,
            made.cache_seconds,
        )

    async def _figure(self, figure: str, owner: str, app: App, given: Mapping[str, str]) -> Badge:
        """Raises NotFound for an unknown figure."""
        if figure == "version":
            return self._version(app, given.get("channel", ""))
        if figure not in ("devices", "requests", "latest"):
            raise NotFound("There is no such badge: it is devices, requests, latest or version.")
        reach = read_range(given.get("range", ""))
        try:
            public = await self._figures.of(owner, app)
        except StoreUnavailable:
            return Badge(LABELS[figure], "unavailable", cache_seconds=AWAY_SECONDS)
        if figure == "latest":
            return share_badge(public.on_latest)
        return count_badge(figure, reach, (public.devices if figure == "devices" else public.requests)[reach])

    def _version(self, app: App, channel: str) -> Badge:
        release = self._figures.latest(app, names.CHANNEL.check_optional(channel))
        if release is None:
            return Badge("version", "none yet")
        version = release.version
        return Badge("version", f"v{version}" if version[0].isdigit() else version, "blue")


LABELS = {"devices": "devices", "requests": "requests", "latest": "on latest version"}


def count_badge(figure: str, reach: str, count: int | None) -> Badge:
    if count is None:
        return Badge(LABELS[figure], f"{TOO_FEW}/{reach}")
    return Badge(LABELS[figure], f"{badge.short(count)}/{reach}", "brightgreen")


def share_badge(percent: int | None) -> Badge:
    if percent is None:
        return Badge(LABELS["latest"], "too few to tell")
    return Badge(LABELS["latest"], f"{percent} %", next(color for least, color in SHARES if percent >= least))


def headers(cache_seconds: int) -> dict[str, str]:
    return EMBEDDED | {"Cache-Control": f"public, max-age={cache_seconds}"}


def read_badge_query(query: bytes) -> dict[str, str]:
    """Raises InvalidInput."""
    if len(query) > MAX_QUERY_BYTES:
        raise InvalidInput(f"The query is longer than {MAX_QUERY_BYTES} bytes.")
    return read_query(query, PARAMETERS)


def read_range(text: str) -> str:
    if text and text not in RANGES:
        raise InvalidInput("range must be day, week or month: full days up to yesterday.")
    return text or "month"
