"""Signing in with a token, once; and out."""

from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.dashboard.frame import Frame, Page
from telemetry_counter.dashboard.links import HOME
from telemetry_counter.dashboard.wrong_tokens import WAIT_SECONDS, WrongTokens
from telemetry_counter.errors import CounterError
from telemetry_counter.routes.dashboard.access import Doors, Visit, sessions_of
from telemetry_counter.routes.dashboard.answers import page_answer, redirect
from telemetry_counter.routes.dashboard.failures import failure_page
from telemetry_counter.routes.dashboard.forms import Form, read_form

WRONG = "This token is not valid, or not any more. Tokens begin with tct_ and are shown once, when made."
TOO_MANY = (
    "Five tokens that came from your network were wrong. Wait a minute, then try again; until then even the "
    "right one is not looked at."
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the page shows: where signing in leads, and what was wrong."""

    then: str
    problem: str = ""


class SigningIn:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._service = doors.service

    @cached_property
    def _wrong(self) -> WrongTokens:
        service = self._service
        return WrongTokens(service.session_key, service.metrics.directory, service.clock.now)

    async def show(self, request: Request) -> Response:
        if self._doors.visit(request):
            return redirect(self._doors.links(request).to())
        return self._page(request, SignIn(safe_place(request.query_params.get("then", ""))))

    async def take(self, request: Request) -> Response:
        try:
            return self._try(request, await read_form(request))
        except CounterError as error:
            links = self._doors.links(request)
            return page_answer(request, failure_page(error, links), Frame(links))

    async def leave(self, visit: Visit) -> Response:
        """Takes only a form of the session, so that no other site can sign anybody out."""
        await visit.form()
        return redirect(visit.links.to("sign-in"), self._doors.cookie(visit.request, ""))

    def _try(self, request: Request, form: Form) -> Response:
        sessions = sessions_of(self._service)
        then = safe_place(form.get("then"))
        address = self._doors.readers.address(request.scope, dict(request.scope["headers"]))
        if self._wrong.must_wait(address):
            return self._page(request, SignIn(then, TOO_MANY), 429)
        token = self._service.snapshot.token(form.get("token"))
        if token is None:
            self._wrong.note(address)
            return self._page(request, SignIn(then, WRONG), 403)
        links = self._doors.links(request)
        cookie = self._doors.cookie(request, sessions.begin(token))
        return redirect(links.outside(then) if then else links.to(), cookie)

    def _page(self, request: Request, view: SignIn, status: int = 200) -> Response:
        headers = {"Retry-After": str(WAIT_SECONDS)} if status == 429 else None
        page = Page("sign_in.html", "Sign in", view, status=status)
        return page_answer(request, page, Frame(self._doors.links(request)), headers)


def safe_place(then: str) -> str:
    """A page of this dashboard, or '': nobody is sent elsewhere by a link to the sign-in page."""
    is_within = then.startswith((f"{HOME}/", f"{HOME}?")) and "\\" not in then and ".." not in then
    return then if is_within and then.isprintable() and then.isascii() else ""
