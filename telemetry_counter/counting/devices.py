"""From a device's id to the eight bytes that enter a sketch; the id itself goes no further."""

from hashlib import blake2b

HASH_BYTES = 8
MAX_ID_CHARACTERS = 128
NIL_UUID = b"00000000-0000-0000-0000-000000000000"
"""What a client sends whose user refused: the request counts, no device does."""


class DeviceHasher:
    """blake2b(key=secret, admin|device_id): one device is one value in all apps of an admin.

    The key keeps an attacker from choosing ids by the register they would fill: the hash inside
    a Redis HyperLogLog is public.
    """

    __slots__ = ("_begun", "_key")

    def __init__(self, secret: bytes) -> None:
        # blake2b takes at most 64 bytes of key; a longer secret keeps all its entropy this way.
        self._key = blake2b(secret, digest_size=32).digest()
        self._begun: dict[str, blake2b] = {}

    def hash(self, admin: str, device_id: bytes) -> bytes:
        begun = self._begun.get(admin)
        if begun is None:
            begun = blake2b(admin.encode() + b"|", key=self._key, digest_size=HASH_BYTES)
            self._begun[admin] = begun
        hasher = begun.copy()
        hasher.update(device_id)
        return hasher.digest()


def is_too_long(device_id: bytes) -> bool:
    """Whether an id has more than 128 characters (bytes, where it is not UTF-8)."""
    if len(device_id) <= MAX_ID_CHARACTERS:
        return False
    try:
        return len(device_id.decode()) > MAX_ID_CHARACTERS
    except UnicodeDecodeError:
        return True
