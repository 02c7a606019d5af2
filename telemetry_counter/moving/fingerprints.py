"""Whether two stores hash devices with the same secret, without showing it."""

from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from telemetry_counter.errors import InvalidInput


class Secret(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`key` is the secret itself where the store made it; '' where it is the operator's SECRET_KEY."""

    fingerprint: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What the importing side has: its SECRET_KEY, the key in its store, and whether it has admins."""

    secret_key: bytes
    stored: bytes
    has_admins: bool


def fingerprint(secret: bytes) -> str:
    return blake2b(blake2b(secret).digest(), digest_size=8, person=b"tc-fingerprint").hexdigest()


def secret_to_take(secret: Secret, place: Place, *, is_other_accepted: bool) -> bytes:
    """The secret that the importing store is to take over; b'' if it stays as it is.

    Raises InvalidInput with what to do where sketches and devices would no longer agree.
    """
    if secret.key and fingerprint(secret.key.encode()) != secret.fingerprint:
        raise InvalidInput("The secret in the file is not the one its sketches were made with.")
    own = place.secret_key or place.stored
    if own and fingerprint(own) == secret.fingerprint:
        return b""
    if secret.key and not place.secret_key and not place.has_admins:
        return secret.key.encode()
    if is_other_accepted:
        return b""
    raise InvalidInput(_advice(secret, place))


def _advice(secret: Secret, place: Place) -> str:
    if not secret.key:
        remedy = "Set SECRET_KEY to that of the service the file is from"
    elif place.has_admins:
        remedy = "Import into a store that has no admin yet"
    else:
        remedy = "Unset SECRET_KEY, so that the store takes the file's"
    return (
        f"The file's devices were hashed with another secret than this service's. {remedy}, or give "
        "--other-secret: then every device that comes back is counted as a new one until the old days expire."
    )
