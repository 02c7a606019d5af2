"""Who is signed in: a signed cookie that names a token without holding it, and ends with that token."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from itsdangerous import BadData, Signer, URLSafeTimedSerializer

from telemetry_counter.accounts.snapshot import Snapshot, Token

COOKIE = "telemetry_counter"
MAX_AGE_SECONDS = 7 * 86_400


class Session(msgspec.Struct, frozen=True):
    """`nonce` is random; what is bound to the session is bound to it."""

    admin: str
    token_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session whose token is valid now, and the token's record."""

    session: Session
    token: Token


class Sessions:
    """`key` is derived from the service's secret, so every worker reads what another wrote."""

    def __init__(self, key: bytes) -> None:
        self._cookies = URLSafeTimedSerializer(key, salt="session", signer_kwargs={"digest_method": sha256})
        self._forms = Signer(key, salt="forms", digest_method=sha256)

    def begin(self, token: Token) -> str:
        """The cookie's value."""
        return str(self._cookies.dumps([token.admin, token.id, secrets.token_urlsafe(12)]))

    def read(self, cookie: str, snapshot: Snapshot) -> SignedIn | None:
        """None for a cookie that was changed, is too old, or whose token is not valid any more."""
        try:
            session = msgspec.convert(self._cookies.loads(cookie, MAX_AGE_SECONDS), tuple[str, str, str])
        except (BadData, msgspec.ValidationError):
            return None
        named = Session(*session)
        admin = snapshot.admins.get(named.admin)
        tokens = admin.tokens.values() if admin else ()
        token = next((token for token in tokens if token.id == named.token_id), None)
        return SignedIn(named, token) if token else None

    def form_token(self, session: Session) -> str:
        """What a form of this session carries, so that no other page can send it."""
        return self._forms.get_signature(session.nonce).decode()

    def is_form_of(self, session: Session, given: str) -> bool:
        return hmac.compare_digest(self.form_token(session).encode(), given.encode())
