"""Tokens: shown once, kept only as their SHA-256."""

import hashlib
import secrets
import string
import zlib

PREFIX = "tct_"
BODY_LENGTH = 30
CHECKSUM_LENGTH = 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_token() -> str:
    """About 178 random bits, and a checksum that lets scanners and typists notice a broken one."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return PREFIX + body + _checksum(body)


def looks_like_token(text: str) -> bool:
    """Whether prefix, length and checksum fit; costs no look-up."""
    if len(text) != len(PREFIX) + BODY_LENGTH + CHECKSUM_LENGTH or not text.startswith(PREFIX):
        return False
    body = text[len(PREFIX) : -CHECKSUM_LENGTH]
    return text.isascii() and _checksum(body) == text[-CHECKSUM_LENGTH:]


def token_digest(token: str) -> str:
    """What is kept: SHA-256 in hex. The token is random, so it needs neither salt nor stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_key(secret: bytes) -> bytes:
    """What signs the dashboard's sessions: from the service's secret, and of no use for anything else."""
    return hashlib.blake2b(secret, digest_size=32, person=b"tc-sessions").digest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
