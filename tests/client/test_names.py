"""What the client lets through, the service takes: both sides state the same bounds."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client.names import build_fault, is_name, is_value
from telemetry_counter.counting import names as service
from telemetry_counter.errors import InvalidInput

texts = st.text(string.ascii_letters + string.digits + " ._-+~@/é\n", max_size=70) | st.text(max_size=70)

PAIRS = {
    "owner": service.OWNER,
    "app": service.APP,
    "version": service.VERSION,
    "channel": service.CHANNEL,
    "platform": service.PLATFORM,
    "arch": service.ARCH,
}


def taken(name: service.Name, text: str) -> bool:
    try:
        name.check(text)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("parameter", PAIRS)
@settings(deadline=None)
@given(text=texts)
def test_the_names_of_a_build(parameter: str, text: str) -> None:
    optional = parameter in ("channel", "platform", "arch") and not text
    assert (build_fault(parameter, text) == "") == (optional or taken(PAIRS[parameter], text))


@pytest.mark.parametrize("text", ["opened", "ui.menu-2_x", "a" * 64])
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "a" * 65, ".a", "a b", "(other)", "é", "a\n", None, 3])
def test_no_names(text: object) -> None:
    assert not is_name(text)


@pytest.mark.parametrize("text", ["pdf", "10KB-100KB", "1h+", "en-US", "dark mode", "3.11", "v" * 64])
def test_values(text: str) -> None:
    assert is_value(text)


@pytest.mark.parametrize(
    "text",
    ["", "v" * 65, "/home/user", "C:\\x", "user@example.org", "https://x", "(other)", " a", "a ", "a\n", "é"],
)
def test_paths_addresses_and_the_like_are_no_values(text: str) -> None:
    assert not is_value(text)
