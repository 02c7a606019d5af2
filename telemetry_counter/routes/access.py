"""Who is asking: the bearer token of admins and team users."""

from starlette.requests import HTTPConnection

from telemetry_counter.accounts.snapshot import Admin, TeamUser, Token
from telemetry_counter.errors import Forbidden, Unauthorized
from telemetry_counter.reporting.selection import Grants
from telemetry_counter.service import Service

READS_ONLY = "A team user may read, but not change anything."


def service_of(request: HTTPConnection) -> Service:
    service: Service = request.app.state.service
    return service


def authenticate(request: HTTPConnection) -> Token:
    """Raises Unauthorized without a valid token."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = service_of(request).snapshot.token(text.strip()) if scheme.lower() == "bearer" else None
    if token is None and text:
        raise Unauthorized("This token is not valid, or not any more.")
    if token is None:
        raise Unauthorized("A token is needed: send the header 'Authorization: Bearer TOKEN'.")
    return token


def grants_of(token: Token, admin: Admin) -> Grants | None:
    """What the bearer may filter by; None for the admin, who may by everything."""
    if not token.user:
        return None
    user = admin.team.get(token.user, TeamUser())
    return Grants(user.apps, user.channels, user.platforms, user.architectures)


def authenticate_admin(request: HTTPConnection) -> Token:
    """Raises Forbidden for a team user, who may read only."""
    token = authenticate(request)
    if token.user:
        raise Forbidden(READS_ONLY)
    return token
