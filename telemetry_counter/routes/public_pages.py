"""`/public/{owner}/{app}` and its `stats.json`: a public app's rounded figures, for people and programs."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.dashboard import public
from telemetry_counter.dashboard.frame import Frame, Page
from telemetry_counter.reporting.public import as_json
from telemetry_counter.routes.dashboard.access import Doors
from telemetry_counter.routes.dashboard.answers import page_answer
from telemetry_counter.routes.public_badges import headers
from telemetry_counter.routes.public_figures import KEPT_SECONDS, PublicFigures

KEPT = {"Cache-Control": f"public, max-age={KEPT_SECONDS}", "Vary": "Accept-Encoding"}


class PublicPages:
    def __init__(self, figures: PublicFigures, doors: Doors) -> None:
        self._figures = figures
        self._doors = doors

    def _asked(self, request: Request) -> tuple[str, App, str | None]:
        """Owner, app and its latest version. Raises NotFound."""
        owner, name = request.path_params["owner"], request.path_params["app"]
        app = self._figures.app(owner, name)
        latest = self._figures.latest(app)
        return owner, app, latest.version if latest else None

    async def page(self, request: Request) -> Response:
        owner, app, version = self._asked(request)
        figures = await self._figures.of(owner, app)
        links = self._doors.links(request)
        view = public.build(owner, app.name, figures, version, links)
        return page_answer(request, Page("public.html", f"{app.name} by {owner}", view), Frame(links), KEPT)

    async def stats(self, request: Request) -> Response:
        owner, app, version = self._asked(request)
        content = as_json(owner, app.name, await self._figures.of(owner, app), version)
        return Response(orjson.dumps(content), headers=headers(KEPT_SECONDS), media_type="application/json")
