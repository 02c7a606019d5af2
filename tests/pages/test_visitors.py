"""Fingerprints: what tells visitors apart, and what does not."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.pages.visitors import HASH_BYTES, Fingerprints

NETWORK = bytes([203, 0, 113])
SALT = bytes(32)


def test_each_part_tells_visitors_apart() -> None:
    here = Fingerprints(SALT)
    prints = {
        here.of("acme", "docs", NETWORK, b"Firefox"),
        here.of("rival", "docs", NETWORK, b"Firefox"),
        here.of("acme", "blog", NETWORK, b"Firefox"),
        here.of("acme", "docs", bytes([203, 0, 114]), b"Firefox"),
        here.of("acme", "docs", NETWORK, b"Chrome"),
        Fingerprints(b"another day's" + bytes(19)).of("acme", "docs", NETWORK, b"Firefox"),
    }
    assert len(prints) == 6
    assert here.of("acme", "docs", NETWORK, b"Firefox") in prints


@given(st.binary(max_size=6), st.binary(max_size=20), st.binary(max_size=6), st.binary(max_size=20))
def test_nothing_can_be_moved_from_one_part_to_the_next(
    network: bytes, agent: bytes, other_network: bytes, other_agent: bytes
) -> None:
    here = Fingerprints(SALT)
    one, other = (here.of("a", "b", *parts) for parts in ((network, agent), (other_network, other_agent)))
    assert len(one) == HASH_BYTES
    assert (one == other) == ((network, agent) == (other_network, other_agent))
