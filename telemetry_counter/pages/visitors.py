"""From a request to the eight bytes that stand for its visitor during one day."""

from hashlib import blake2b

HASH_BYTES = 8


class Fingerprints:
    """blake2b(key=the day's salt, admin|site|network|User-Agent).

    The salt is deleted, so nobody can tell later whether somebody was there; and it is another one every
    day, so nobody can be followed from one day to the next.
    """

    __slots__ = ("_begun", "salt")

    def __init__(self, salt: bytes) -> None:
        self.salt = salt
        self._begun: dict[tuple[str, str], blake2b] = {}

    def of(self, admin: str, site: str, network: bytes, agent: bytes) -> bytes:
        """`network`: 3 or 6 bytes, or whatever names the visitor's address less exactly than it."""
        begun = self._begun.get((admin, site))
        if begun is None:
            begun = blake2b(f"{admin}|{site}|".encode(), key=self.salt, digest_size=HASH_BYTES)
            self._begun[admin, site] = begun
        hasher = begun.copy()
        hasher.update(b"%d|%b|%b" % (len(network), network, agent))
        return hasher.digest()
