"""Who looks at the dashboard, where it is mounted, and what a page is made from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.accounts.snapshot import Admin, Token
from telemetry_counter.dashboard.closed_days import ClosedDays
from telemetry_counter.dashboard.frame import Frame, Page
from telemetry_counter.dashboard.last_known import LastKnown
from telemetry_counter.dashboard.links import HOME, Links
from telemetry_counter.dashboard.navigation import choices
from telemetry_counter.dashboard.sessions import COOKIE, MAX_AGE_SECONDS, Session, Sessions
from telemetry_counter.dashboard.wording import clock
from telemetry_counter.errors import Forbidden, StoreUnavailable
from telemetry_counter.reporting.selection import Grants, Reach
from telemetry_counter.routes.access import READS_ONLY, grants_of
from telemetry_counter.routes.dashboard.answers import page_answer, redirect
from telemetry_counter.routes.dashboard.failures import failure_page, store_away_page
from telemetry_counter.routes.dashboard.forms import FORM_TOKEN, FROM_ELSEWHERE, Form, read_form
from telemetry_counter.routes.page_readers import Readers
from telemetry_counter.service import Service


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    service: Service
    links: Links
    session: Session
    token: Token
    admin: Admin
    form_token: str
    is_https: bool
    closed_days: ClosedDays

    @property
    def is_admin(self) -> bool:
        return not self.token.user

    @property
    def grants(self) -> Grants | None:
        return grants_of(self.token, self.admin)

    @property
    def reach(self) -> Reach:
        return Reach(self.service.clock.today(), self.service.settings.retention_days)

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def base_url(self) -> str:
        """The service as the browser reached it, without a slash at the end."""
        scheme = "https" if self.is_https else "http"
        return f"{scheme}://{self.request.headers.get('host', 'localhost')}{self.links.root}"

    def frame(self, section: str) -> Frame:
        return Frame(
            links=self.links,
            who=f"{self.token.user} of {self.admin.name}" if self.token.user else self.admin.name,
            navigation=choices(self.links, section),
            form_token=self.form_token,
            time=clock(self.service.now()),
        )

    async def form(self) -> Form:
        """What was sent, if it was sent from a page of this session. Raises InvalidInput or Forbidden."""
        form = await read_form(self.request)
        if not sessions_of(self.service).is_form_of(self.session, form.get(FORM_TOKEN)):
            raise Forbidden(FROM_ELSEWHERE)
        return form

    def must_be_admin(self) -> None:
        """Raises Forbidden."""
        if not self.is_admin:
            raise Forbidden(READS_ONLY)


Handler = Callable[[Visit], Awaitable[Page | Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Doors:
    """Lets in whoever is signed in; sends everybody else to the sign-in page."""

    def __init__(self, service: Service, readers: Readers) -> None:
        self.service = service
        self.readers = readers
        self._last_known = LastKnown()
        self._closed_days = ClosedDays()

    def signed_in(self, handler: Handler, *, shows_figures: bool = True) -> Endpoint:
        """`shows_figures`: it needs telemetry to be on. A failure becomes a page."""

        async def endpoint(request: Request) -> Response:
            visit = self.visit(request)
            if visit is None:
                return self._to_sign_in(request)
            try:
                answer = await (self._figures(handler, visit) if shows_figures else handler(visit))
            except Exception as error:  # every failure is a page; what nobody expected is logged there
                answer = failure_page(error, visit.links)
            return answer if isinstance(answer, Response) else self._show(visit, answer)

        return endpoint

    async def _figures(self, handler: Handler, visit: Visit) -> Page | Response:
        """A page of figures: as they are, or as they last were while the store is away."""
        if not self.service.settings.enable_telemetry:
            return TELEMETRY_OFF
        url, now, seer = visit.request.url, visit.service.now(), (visit.token, visit.grants)
        address = url.path + (f"?{url.query}" if url.query else "")
        try:
            page = await handler(visit)
        except StoreUnavailable:
            known = self._last_known.find(seer, address, now)
            return known or store_away_page(visit.links, self._last_known.others(seer, now))
        if isinstance(page, Page):
            self._last_known.keep(seer, address, page, now)
        return page

    def visit(self, request: Request) -> Visit | None:
        cookie = request.cookies.get(COOKIE)
        if not cookie or not self.service.session_key:
            return None
        sessions = sessions_of(self.service)
        found = sessions.read(cookie, self.service.snapshot)
        if found is None:
            return None
        admin = self.service.snapshot.admins[found.token.admin]
        form_token = sessions.form_token(found.session)
        return Visit(
            request,
            self.service,
            self.links(request),
            found.session,
            found.token,
            admin,
            form_token,
            self.is_https(request),
            self._closed_days,
        )

    def links(self, request: Request) -> Links:
        return Links(request.scope.get("root_path", ""))

    def is_https(self, request: Request) -> bool:
        said = request.headers.get("x-forwarded-proto", "") if self._is_from_trusted(request) else ""
        return (said.rpartition(",")[2].strip() or request.scope["scheme"]) == "https"

    def cookie(self, request: Request, value: str, max_age: int = MAX_AGE_SECONDS) -> dict[str, str]:
        """The header that sets it; an empty value ends it."""
        secure = "; Secure" if self.is_https(request) else ""
        path = self.links(request).to()
        age = max_age if value else 0
        text = f"{COOKIE}={value}; Max-Age={age}; Path={path}; HttpOnly; SameSite=Strict{secure}"
        return {"Set-Cookie": text}

    def _is_from_trusted(self, request: Request) -> bool:
        return request.client is not None and self.readers.trusts(request.client.host)

    def _show(self, visit: Visit, page: Page) -> Response:
        return page_answer(visit.request, page, visit.frame(page.section))

    def _to_sign_in(self, request: Request) -> Response:
        query = request.url.query
        wanted = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        following = wanted + (f"?{query}" if query else "")
        return redirect(self.links(request).to("sign-in", then="" if following == HOME else following))


def sessions_of(service: Service) -> Sessions:
    if not service.session_key:
        raise StoreUnavailable("The store was not reached yet, and with it who may sign in.")
    return _sessions(service.session_key)


@lru_cache(maxsize=8)
def _sessions(key: bytes) -> Sessions:
    return Sessions(key)


TELEMETRY_OFF = Page("off.html", "Telemetry is off", None)
