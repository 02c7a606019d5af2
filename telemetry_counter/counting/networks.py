"""How many devices one network may bring into an app's sketches an hour.

For services whose apps somebody tries to make look popular. Networks are in this process' memory only, as
keyed hashes that change with every start, and only as many as there is room for.
"""

import secrets
from collections import OrderedDict
from hashlib import blake2b

SECONDS_AN_HOUR = 3600
MAX_NETWORKS = 10_000
"""Networks remembered at once; the one that was silent longest is forgotten first."""


class NetworkLimit:
    """`most` distinct devices of a network, app and hour; what comes beyond is a request without a device."""

    __slots__ = ("_devices", "_hour", "_key", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._hour = 0
        self._key = secrets.token_bytes(16)
        self._devices: OrderedDict[bytes, set[bytes]] = OrderedDict()

    def admits(self, admin: str, app: str, network: bytes, device: bytes, now: float) -> bool:
        """Whether the device (its hash) is among the first `most`; `now` in unix seconds."""
        self._turn(int(now // SECONDS_AN_HOUR))
        place = blake2b(f"{admin}/{app}/".encode() + network, key=self._key, digest_size=16).digest()
        devices = self._devices.setdefault(place, set())
        self._devices.move_to_end(place)
        if len(self._devices) > MAX_NETWORKS:
            self._devices.popitem(last=False)
        if device not in devices and len(devices) >= self._most:
            return False
        devices.add(device)
        return True

    def _turn(self, hour: int) -> None:
        if hour != self._hour:
            self._hour = hour
            self._devices.clear()
