"""Whose request it is: the address to believe, and what is made of it. Addresses live in memory only."""

import ipaddress
import re
import socket
from dataclasses import dataclass

IPV4_BYTES = 4
LOOPBACK = bytes(15) + b"\x01"
MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv6 address begins with that stands for an IPv4 one."""

MAX_HEADER_BYTES = 1024
"""The end of a header that is read: some 20 hops. What is further left nobody vouches for."""

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)


Address = bytes
"""4 or 16 bytes; none where it is not known."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks whose word on whom they forward for is taken."""

    networks: tuple[tuple[int, int, int], ...] = ()
    """Bytes of an address, bits that do not count, and the rest as a number."""

    @classmethod
    def parse(cls, text: str) -> "TrustedProxies":
        """Networks and addresses divided by commas; raises ValueError."""
        names = (name.strip() for name in text.split(","))
        return cls(tuple(_network(name) for name in names if name))

    def __contains__(self, address: bytes) -> bool:
        number, length = int.from_bytes(address, "big"), len(address)
        for size, host_bits, network in self.networks:
            if length == size and number >> host_bits == network:
                return True
        return False

    def forwarded(self, proxy: str, header: bytes, is_list: bool) -> Address:
        """For whom a trusted proxy asks: the first address from the right that is not trusted itself.

        What cannot be read ends the walk at the hop before it. `is_list`: X-Forwarded-For, not Forwarded.
        """
        text = header[-MAX_HEADER_BYTES:].decode("latin-1")
        hops = text.split(",") if is_list else [_named(element) for element in _ELEMENT.findall(text)]
        believed = b""
        for hop in reversed(hops):
            address = parse_address(hop)
            if not address:
                break
            believed = address
            if believed not in self:
                break
        return believed or parse_address(proxy)


def parse_address(text: str) -> Address:
    """Ports, brackets and zones are dropped, IPv4-mapped addresses unwrapped."""
    text = text.strip()
    try:
        return socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return _parse_decorated(text)


def is_loopback(address: Address) -> bool:
    return address[:1] == b"\x7f" if len(address) == IPV4_BYTES else address == LOOPBACK


def network_of(address: Address) -> bytes:
    """What a visitor is recognised by: the /24 or /48."""
    return address[:3] if len(address) == IPV4_BYTES else address[:6]


def household_of(address: Address) -> bytes:
    """What is limited: the address, of IPv6 the /64."""
    return address if len(address) == IPV4_BYTES else address[:8]


def address_text(address: Address) -> str:
    return str(ipaddress.ip_address(address)) if address else ""


def network_text(address: Address) -> str:
    """The network as people write it, as in 192.0.2.0/24."""
    if not address:
        return ""
    network = network_of(address)
    return f"{address_text(network + bytes(len(address) - len(network)))}/{len(network) * 8}"


def _parse_decorated(text: str) -> Address:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return b""
    return packed[12:] if packed.startswith(MAPPED) else packed


def _named(element: str) -> str:
    """Whom one element of Forwarded names; '' if nobody."""
    match = _FOR.search(element.strip())
    return (match[1] or match[2] or "") if match else ""


def _network(name: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(name, strict=False)
    size = network.max_prefixlen // 8
    host_bits = network.max_prefixlen - network.prefixlen
    return size, host_bits, int(network.network_address) >> host_bits
