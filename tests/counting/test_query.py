import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.counting.checks import PARAMETERS, Check, parse_check
from telemetry_counter.counting.query import read_query
from telemetry_counter.errors import InvalidInput

VALID = "owner=acme&app_name=editor&version=1.2.3"


def test_reads_all_parameters() -> None:
    check = parse_check(
        b"app_name=my+editor&version=1.2.3%2B4&owner=acme&channel=beta&platform=linux&arch=amd64"
        b"&updater=tauri&is_latest=true&unknown=%ff"
    )
    assert check == Check("acme", "my editor", "1.2.3+4", "beta", "linux", "amd64", "l", "tauri")


def test_takes_a_bare_plus_in_a_version_for_build_metadata() -> None:
    assert parse_check(b"owner=acme&app_name=editor&version=1.2.3+45").version == "1.2.3+45"


def test_empty_optional_parameters_are_not_stated() -> None:
    check = parse_check(f"{VALID}&channel=&platform=&arch=&updater=&is_latest=".encode())
    assert (check.channel, check.platform, check.arch, check.updater, check.state) == ("", "", "", "", "")


def test_default_owner_stands_in_for_a_missing_one() -> None:
    assert parse_check(b"app_name=editor&version=1", default_owner="acme").owner == "acme"


@pytest.mark.parametrize("version", ["1.2.3", "0.0.0.10", "v2", "1.2.0-beta.4", "2024.01", "1_2_3", "dev"])
def test_versions_as_people_write_them(version: str) -> None:
    assert parse_check(f"owner=acme&app_name=editor&version={version}".encode()).version == version


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("app_name=editor&version=1", "owner is missing or empty."),
        ("owner=acme&version=1", "app_name is missing or empty."),
        ("owner=acme&app_name=editor", "version is missing or empty."),
        ("owner=acme&app_name=editor&version=", "version is missing or empty."),
        (f"{VALID}&version=2", "version is given more than once."),
        (f"{VALID}&channel=%ff", "channel is not valid UTF-8."),
        (f"{VALID}&channel=a%2Cb", "channel may only hold letters"),
        (f"{VALID}&platform=linux%0A", "platform may only hold letters"),
        (f"{VALID}&arch=%00", "arch may only hold letters"),
        ("owner=%7Bacme%7D&app_name=editor&version=1", "owner may only hold letters"),
        ("owner=acme&app_name=a:b&version=1", "app_name may only hold letters"),
        ("owner=acme&app_name=editor&version=1%202", "version may only hold letters"),
        (f"{VALID}&is_latest=yes", "is_latest must be true or false."),
        ("owner=acme&app_name=(other)&version=1", "app_name may only hold letters"),
    ],
)
def test_names_what_is_wrong(query: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_check(query.encode())
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("parameter", "most"),
    [("owner", 64), ("app_name", 64), ("version", 64), ("channel", 32), ("platform", 32), ("arch", 32)],
)
def test_lengths_are_bounded(parameter: str, most: int) -> None:
    values = {"owner": "acme", "app_name": "editor", "version": "1"}

    def query(length: int) -> bytes:
        return "&".join(
            f"{name}={value}" for name, value in {**values, parameter: "a" * length}.items()
        ).encode()

    parse_check(query(most))
    with pytest.raises(InvalidInput, match=f"{parameter} is longer than {most} characters"):
        parse_check(query(most + 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_check_or_a_sentence(query: bytes) -> None:
    try:
        check = parse_check(query)
    except InvalidInput:
        return
    assert check.owner
    assert check.app
    assert check.version


@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS)), st.text(max_size=80), max_size=8))
def test_what_is_encoded_is_read_back(values: dict[str, str]) -> None:
    from urllib.parse import quote

    try:
        query = "&".join(f"{name}={quote(value)}" for name, value in values.items())
    except UnicodeEncodeError:
        return
    assert read_query(query.encode(), PARAMETERS) == values
