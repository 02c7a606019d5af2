from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases.publishing import dropped_sentence, kept, kept_sentence
from telemetry_counter.releases.release import (
    Release,
    from_json,
    merge,
    release_from_input,
    release_id,
    rollout_includes,
    to_json,
    withdraw,
)

NOON = datetime(2025, 6, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def publish(**fields: Any) -> Release:
    return release_from_input(**{"app": "editor", "version": "1.2.3", "published": NOON, **fields})


FULL = publish(
    channel="stable",
    platform="linux",
    arch="amd64",
    packages={"deb": "https://example.com/e.deb", "": "https://example.com/e"},
    changelog="Faster.\nSmaller.",
    critical=True,
    required=True,
    rollout_percent=10,
    rollout_seed="spring",
    signature="c2lnbmF0dXJl",
)


def test_the_same_tuple_is_the_same_release() -> None:
    assert publish().id == publish(changelog="other", published=NOON + HOUR).id
    others = [
        {"app": "viewer"},
        {"version": "1.2.4"},
        {"channel": "x"},
        {"platform": "x"},
        {"arch": "x"},
    ]
    assert len({publish().id, *(publish(**other).id for other in others)}) == 6


def test_an_id_stays_what_it_was() -> None:
    # Stores hold releases by it: another derivation would publish each of them a second time.
    assert release_id("editor", "1.2.3", "stable", "linux", "amd64") == "e826e54ccdbb1e33"


def test_neighbouring_names_do_not_run_together() -> None:
    assert release_id("a", "1", "bc", "", "") != release_id("a", "1", "b", "c", "")


def test_packages_are_kept_in_the_order_of_their_names() -> None:
    assert list(FULL.packages) == ["", "deb"]


def test_times_are_kept_in_utc() -> None:
    tokyo = timezone(9 * HOUR)
    assert publish(published=NOON.astimezone(tokyo)).published.utcoffset() == timedelta()
    assert publish(published=NOON.astimezone(tokyo)) == publish()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://127.0.0.1:8000/a%20b.zip?x=1&y=(2)#z",
        "https://[2001:db8::1]/e.deb",
        "HTTPS://EXAMPLE.COM/RELEASES",
        "https://example.com/" + "x" * (2048 - 20),
    ],
)
def test_a_good_url_is_kept_as_it_is(url: str) -> None:
    assert publish(packages={"": url}).packages == {"": url}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/e",
        "javascript:alert(1)",
        "//example.com/e",
        "example.com/e",
        "https://",
        "https:///e",
        "https://:80/e",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://[2001:db8::1/",
        "https://example.com/a b",
        "https://example.com/\r\nSet-Cookie: a",
        "https://example.com/\n",
        "https://example.com/\x7f",
        "https://example.com/é",
        "https://example.com\\@evil.example",
        "https://example.com/" + "x" * (2048 - 19),
        "",
    ],
)
def test_a_bad_url_is_refused_by_its_package(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^The URL of package deb .+\.$"):
        publish(packages={"deb": url})
    with pytest.raises(InvalidInput, match=r"^The URL (?!of).+\.$"):
        publish(packages={"": url})


AT_THE_BOUND: dict[str, Any] = {
    "app": "a" * 64,
    "version": "1" * 64,
    "channel": "c" * 32,
    "platform": "p" * 32,
    "arch": "a" * 32,
    "packages": {f"p{number}": "https://example.com" for number in range(32)},
    "changelog": "é" * 8192,
    "signature": "s" * 4096,
    "rollout_seed": "s" * 64,
    "rollout_percent": 100,
}
BEYOND: dict[str, tuple[Any, str]] = {
    "app": ("a" * 65, "app_name"),
    "version": ("1" * 65, "version"),
    "channel": ("c" * 33, "channel"),
    "platform": ("p" * 33, "platform"),
    "arch": ("a" * 33, "arch"),
    "packages": ({f"p{number}": "https://example.com" for number in range(33)}, "packages"),
    "changelog": ("é" * 8192 + "e", "changelog"),
    "signature": ("s" * 4097, "signature"),
    "rollout_seed": ("s" * 65, "rollout_seed"),
    "rollout_percent": (101, "rollout_percent"),
}


def test_all_bounds_may_be_reached_at_once() -> None:
    release = publish(**AT_THE_BOUND)
    assert all(getattr(release, field) == value for field, value in AT_THE_BOUND.items())


@pytest.mark.parametrize("field", BEYOND)
def test_one_more_is_refused_by_name(field: str) -> None:
    value, called = BEYOND[field]
    with pytest.raises(InvalidInput, match=rf"^{called} .+\.$"):
        publish(**{field: value})


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        ({"app": ""}, "app_name"),
        ({"version": "one two"}, "version"),
        ({"version": "1,2"}, "version"),
        ({"channel": "a:b"}, "channel"),
        ({"platform": "{linux}"}, "platform"),
        ({"arch": "\ud800"}, "arch"),
        ({"packages": {"../deb": "https://example.com"}}, "package"),
        ({"changelog": "\ud800"}, "changelog"),
        ({"signature": "\udfff"}, "signature"),
        ({"rollout_seed": "\ud800"}, "rollout_seed"),
        ({"rollout_percent": -1}, "rollout_percent"),
        ({"published": datetime(2025, 6, 9)}, "published"),
        ({"published": datetime.max.replace(tzinfo=timezone(-HOUR))}, "published"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(fields: Mapping[str, Any], called: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{called} .+\.$"):
        publish(**fields)


def test_a_second_package_joins_its_release() -> None:
    again = publish(
        channel="stable",
        platform="linux",
        arch="amd64",
        packages={"rpm": "https://example.com/e.rpm", "": "https://example.com/e2"},
        published=NOON + HOUR,
    )
    merged = merge(FULL, again, NOON)
    assert merged.packages == {
        "": "https://example.com/e2",
        "deb": "https://example.com/e.deb",
        "rpm": "https://example.com/e.rpm",
    }
    assert merged.published == NOON
    assert (merged.changelog, merged.signature) == (FULL.changelog, FULL.signature)
    assert (merged.rollout_percent, merged.rollout_seed) == (10, "spring")
    assert (merged.critical, merged.required) == (False, False)


def test_publishing_again_replaces_what_it_says_anew() -> None:
    new = publish(changelog="New.", signature="bmV3", rollout_percent=0, rollout_seed="autumn", critical=True)
    merged = merge(
        publish(changelog="Old.", signature="b2xk", rollout_percent=50, rollout_seed="x"), new, NOON
    )
    assert merged == new


def test_publishing_the_same_again_changes_nothing() -> None:
    assert merge(FULL, FULL, NOON) == FULL


def test_packages_stay_bounded_over_many_publications() -> None:
    full = publish(packages={f"p{number}": "https://example.com" for number in range(32)})
    with pytest.raises(InvalidInput, match="at most 32"):
        merge(full, publish(packages={"one-more": "https://example.com"}), NOON)


def test_an_earlier_time_is_taken_and_a_later_one_is_not() -> None:
    earlier, later = publish(published=NOON - HOUR), publish(published=NOON + HOUR)
    assert merge(publish(), earlier, NOON).published == NOON - HOUR
    assert merge(publish(), later, NOON).published == NOON


def test_a_withdrawn_release_is_out_again_with_its_first_time() -> None:
    withdrawn = withdraw(publish(), NOON + HOUR)
    again = merge(withdrawn, publish(published=NOON + 2 * HOUR), NOON + 2 * HOUR)
    assert (again.withdrawn, again.published) == (None, NOON)


def test_a_release_withdrawn_before_it_came_out_may_be_put_off() -> None:
    withdrawn = withdraw(publish(), NOON - HOUR)
    assert not withdrawn.ever_out
    for at in (NOON - HOUR, NOON):
        assert merge(withdrawn, publish(published=NOON + HOUR), at).published == NOON + HOUR


TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("hours", [-0.5, 0, 24])
def test_a_scheduled_release_takes_the_time_that_is_asked_for(hours: float) -> None:
    asked = publish(published=NOON + hours * HOUR)
    assert merge(publish(), asked, NOON - HOUR).published == asked.published
    # With the tick in which it comes out, reports may have told of it.
    assert merge(publish(), asked, NOON - TICK).published == asked.published
    assert merge(publish(), asked, NOON).published == min(NOON, asked.published)


def test_a_scheduled_release_stays_so_where_no_time_is_asked_for() -> None:
    now = NOON - HOUR
    deb = publish(published=now, packages={"deb": "https://example.com/e.deb"})
    merged = merge(publish(), deb, now, is_timed=False)
    assert (merged.published, merged.packages) == (NOON, deb.packages)
    again = merge(withdraw(publish(), now), publish(published=now), now, is_timed=False)
    assert (again.published, again.withdrawn) == (NOON, None)
    missed = merge(withdraw(publish(), now), publish(published=NOON + HOUR), NOON + HOUR, is_timed=False)
    assert missed.published == NOON + HOUR
    assert merge(publish(), publish(published=NOON + HOUR), NOON + HOUR, is_timed=False).published == NOON


def test_what_is_kept_is_said() -> None:
    given = publish(channel="stable", platform="linux", arch="amd64", published=NOON + HOUR)
    stored = merge(FULL, given, NOON + HOUR, is_timed=False)
    assert kept(given, stored) == (
        *("published", "packages", "changelog", "rollout_percent", "rollout_seed", "signature"),
    )
    assert kept_sentence(given, stored) == (
        "Kept from before: its time, 2025-06-09 12:00 UTC, packages (the plain one, deb), changelog, "
        "rollout to 10 % of the devices, rollout seed, signature."
    )
    assert dropped_sentence(FULL, stored) == (
        "It is no longer critical and required, as that was not said again."
    )
    assert (kept(FULL, FULL), kept_sentence(FULL, FULL), dropped_sentence(FULL, FULL)) == ((), "", "")


def test_the_first_withdrawal_stands() -> None:
    withdrawn = withdraw(publish(), NOON + HOUR)
    assert withdraw(withdrawn, NOON + 2 * HOUR) == withdrawn


def test_a_withdrawal_needs_a_time_zone() -> None:
    with pytest.raises(InvalidInput, match=r"^withdrawn must carry a time zone\.$"):
        withdraw(publish(), datetime(2025, 6, 9))


def test_a_release_is_out_from_its_time_until_its_withdrawal() -> None:
    tick = timedelta(microseconds=1)
    release = withdraw(publish(), NOON + HOUR)
    moments = [NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR]
    assert [release.is_out(at) for at in moments] == [False, True, True, False]
    assert publish().is_out(NOON + 10_000 * HOUR)


@pytest.mark.parametrize("release", [publish(), FULL, withdraw(FULL, NOON + HOUR)])
def test_a_release_comes_back_from_the_store(release: Release) -> None:
    assert from_json(to_json(release)) == release


def test_a_stored_release_reads_as_plain_json() -> None:
    stored = msgspec.json.decode(to_json(FULL))
    assert stored["packages"] == {"": "https://example.com/e", "deb": "https://example.com/e.deb"}
    assert stored["published"] == "2025-06-09T12:00:00Z"


def test_releases_of_other_editions_are_read() -> None:
    newer = msgspec.json.decode(to_json(FULL)) | {"sparkle": {"deltas": [1]}}
    assert from_json(msgspec.json.encode(newer)) == FULL
    older = b'{"id":"1","app":"editor","version":"1.0","published":"2025-06-09T12:00:00Z"}'
    assert from_json(older) == Release("1", "editor", "1.0", NOON)


FRAGMENTS = st.sampled_from(
    ['{"id":"1"', ',"app":"e"', ',"version":1', ',"published":"', "2025", "}", "[", "\ud800"]
)
STORED = st.binary(max_size=40) | st.lists(FRAGMENTS, max_size=8).map(
    lambda parts: "".join(parts).encode(errors="surrogatepass")
)


def kept_or_refused(read: Callable[[], Release]) -> Release | str:
    """The release, or the sentence of the refusal; any other error is a failure."""
    try:
        return read()
    except InvalidInput as error:
        return str(error)


@given(STORED)
def test_a_damaged_record_gives_a_release_or_the_named_error(stored: bytes) -> None:
    kept = kept_or_refused(lambda: from_json(stored))
    assert isinstance(kept, Release) or kept.startswith("A stored release cannot be read: ")


@given(st.text(max_size=80))
def test_any_url_gives_a_release_or_the_named_error(tail: str) -> None:
    url = "https://example.com" + tail
    kept = kept_or_refused(lambda: publish(packages={"": url}))
    if isinstance(kept, Release):
        assert kept.packages == {"": url}
        assert all(0x21 <= ord(character) <= 0x7E for character in url)
    else:
        assert kept.startswith("The URL ")


# Made with `printf %s id:seed | sha256sum`: the first 8 bytes, big-endian, modulo 100.
BUCKETS = {("device-1", "seed"): 78, ("device-2", "seed"): 27, ("é", ""): 21}


@pytest.mark.parametrize(("device", "seed"), BUCKETS)
def test_the_draw_is_the_one_client_libraries_make(device: str, seed: str) -> None:
    bucket = BUCKETS[device, seed]
    assert not rollout_includes(device, seed, bucket)
    assert rollout_includes(device, seed, bucket + 1)


def test_a_rollout_reaches_its_share_and_never_the_nameless() -> None:
    devices = [f"device-{number}" for number in range(10_000)]
    reached = {device for device in devices if rollout_includes(device, "s", 10)}
    assert 900 < len(reached) < 1100
    assert reached < {device for device in devices if rollout_includes(device, "s", 30)}
    assert not rollout_includes("", "s", 100)
    assert rollout_includes("\ud800", "s", 100)


def test_each_release_draws_anew_unless_it_shares_a_seed() -> None:
    first, second = publish(rollout_percent=50), publish(version="2", rollout_percent=50)
    devices = [f"device-{number}" for number in range(100)]
    assert [first.reaches(device) for device in devices] != [second.reaches(device) for device in devices]
    first, second = (publish(version=v, rollout_percent=50, rollout_seed="s") for v in ("1", "2"))
    assert [first.reaches(device) for device in devices] == [second.reaches(device) for device in devices]


@pytest.mark.parametrize(
    ("percent", "staged", "reached"), [(None, False, True), (100, False, True), (99, True, False)]
)
def test_only_less_than_all_is_staged(percent: int | None, staged: bool, reached: bool) -> None:
    release = publish(rollout_percent=percent)
    assert (release.is_staged, release.reaches("")) == (staged, reached)
