from telemetry_counter.counting import networks
from telemetry_counter.counting.networks import NetworkLimit


def test_a_network_brings_its_first_devices_and_no_more_until_the_hour_turns() -> None:
    limit = NetworkLimit(2)
    first = [limit.admits("acme", "editor", b"net", device, 0.0) for device in (b"a", b"b", b"a", b"c", b"b")]
    assert first == [True, True, True, False, True]
    assert limit.admits("acme", "editor", b"other", b"c", 0.0)
    assert limit.admits("acme", "player", b"net", b"c", 0.0)
    assert not limit.admits("acme", "editor", b"net", b"c", 3599.9)
    assert limit.admits("acme", "editor", b"net", b"c", 3600.0)


def test_memory_is_bounded_and_holds_no_address() -> None:
    limit = NetworkLimit(1)
    for number in range(networks.MAX_NETWORKS + 500):
        assert limit.admits("acme", "editor", number.to_bytes(3), b"device", 0.0)
    assert len(limit._devices) == networks.MAX_NETWORKS
    assert (5000).to_bytes(3) not in limit._devices
