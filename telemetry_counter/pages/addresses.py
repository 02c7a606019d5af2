"""Whose request it is: the address to believe, and what is made of it. Addresses live in memory only."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

IPV4_BYTES = 4
MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv6 address begins with that stands for an IPv4 one."""

MAX_HEADER_BYTES = 1024
"""The end of a header that is read: some 20 hops. What is further left nobody vouches for."""

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Client:
    """An address and what is made of it; empty where it is not known.

    `network` (/24 or /48) enters the visitor's fingerprint, `bucket` (IPv6: /64) the rate limit.
    """

    address: bytes

    @property
    def network(self) -> bytes:
        return self.address[:3] if len(self.address) == IPV4_BYTES else self.address[:6]

    @property
    def bucket(self) -> bytes:
        return self.address if len(self.address) == IPV4_BYTES else self.address[:8]

    def __str__(self) -> str:
        return address_text(self.address)


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

    def client(self, peer: str, forwarded_for: bytes = b"", forwarded: bytes = b"") -> Client:
        """The peer, unless it is trusted and says for whom it asks. X-Forwarded-For goes before Forwarded."""
        if parse_address(peer) not in self or not (forwarded_for or forwarded):
            return Client(parse_address(peer))
        return self.forwarded(peer, forwarded_for or forwarded, bool(forwarded_for))

    def forwarded(self, proxy: str, header: bytes, is_list: bool) -> Client:
        """For whom a trusted proxy asks: the first address from the right that is not trusted itself.

        What cannot be read ends the walk at the hop before it. `is_list`: X-Forwarded-For, not Forwarded.
        """
        believed = parse_address(proxy)
        text = header.decode("latin-1")
        hops = text.split(",") if is_list else [_named(element) for element in _ELEMENT.findall(text)]
        for hop in reversed(hops):
            address = parse_address(hop)
            if not address:
                break
            believed = address
            if believed not in self:
                break
        return Client(believed)


def parse_address(text: str) -> bytes:
    """4 or 16 bytes; b'' if it is none. Ports, brackets and zones are dropped, IPv4-mapped ones unwrapped."""
    text = text.strip()
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


def address_text(address: bytes) -> str:
    return str(ipaddress.ip_address(address)) if address else ""


def network_text(client: Client) -> str:
    """The network as people write it, as in 192.0.2.0/24."""
    if not client.address:
        return ""
    size, kept = len(client.address), len(client.network)
    return f"{address_text(client.network + bytes(size - kept))}/{kept * 8}"


def joined(values: Iterable[bytes]) -> bytes:
    """The end of a header that came in one or several lines."""
    return b", ".join(values)[-MAX_HEADER_BYTES:]


def _named(element: str) -> str:
    """Whom one element of Forwarded names; '' if nobody."""
    match = _FOR.search(element.strip())
    return (match[1] or match[2] or "") if match else ""


def _network(name: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(name, strict=False)
    size = network.max_prefixlen // 8
    host_bits = network.max_prefixlen - network.prefixlen
    return size, host_bits, int(network.network_address) >> host_bits
