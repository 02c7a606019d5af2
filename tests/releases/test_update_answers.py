from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases.answers import UPDATERS, Answer, answer, rollout_device
from telemetry_counter.releases.history import ReleaseHistory
from telemetry_counter.releases.offers import Offer, Outcome
from telemetry_counter.releases.release import Release, release_from_input

NOON = datetime(2025, 6, 9, 12, 0, 0, 123456, tzinfo=UTC)
SITE = "https://example.com/"
PLAIN, ZIP, DEB = SITE + "plain", SITE + "e.zip", SITE + "e.deb"
NATIVE = sorted(UPDATERS - {"manual"})


def publish(version: str = "2.0", **fields: Any) -> Release:
    return release_from_input(**{"app": "editor", "version": version, "published": NOON, **fields})


def ask(*releases: Release, version: str = "1.0", updater: str = "") -> Answer:
    return answer(ReleaseHistory(releases).offer("", "", "", version, NOON), updater)


def header(given_: Answer, name: bytes) -> bytes | None:
    return dict(given_.headers).get(name)


def test_the_updaters_are_these() -> None:
    assert {"manual", "squirrel_darwin", "squirrel_windows", "electron-builder", "tauri"} == UPDATERS


FULL = publish(
    packages={"": PLAIN, "deb": DEB},
    changelog="Faster — much.",
    critical=True,
    required=True,
    rollout_percent=10,
    rollout_seed="spring",
)


@pytest.mark.parametrize(
    ("releases", "version", "body"),
    [
        ([], "1.0", '{"update_available":false,"error":"Not found"}'),
        (
            [publish(packages={"": PLAIN})],
            "1.0",
            f'{{"update_available":true,"critical":false,"update_url":"{PLAIN}"}}',
        ),
        (
            [FULL],
            "1.0",
            f'{{"update_available":true,"critical":true,"update_url":"{PLAIN}","update_url_deb":"{DEB}",'
            '"changelog":"Faster — much.","is_intermediate_required":true,'
            '"rollout":{"percent":10,"seed":"spring"}}',
        ),
        (
            [FULL],
            "2.0",
            f'{{"update_available":false,"critical":false,"update_url":"{PLAIN}","update_url_deb":"{DEB}",'
            '"changelog":"Faster — much.","possible_rollback":false}',
        ),
        (
            [publish(packages={"deb": DEB})],
            "3.0",
            f'{{"update_available":false,"critical":false,"update_url_deb":"{DEB}","possible_rollback":true}}',
        ),
        ([publish()], "1.0", '{"update_available":true,"critical":false}'),
    ],
)
def test_what_a_manual_client_reads(releases: list[Release], version: str, body: str) -> None:
    for updater in ("", "manual"):
        given_ = ask(*releases, version=version, updater=updater)
        assert given_.body.decode() == body
        assert given_.status == 200
        length = str(len(body.encode())).encode()
        assert given_.headers[:2] == ((b"content-type", b"application/json"), (b"content-length", length))


def test_a_manual_client_reads_the_version_in_a_header() -> None:
    for updater in ("", "manual"):
        for version in ("1.0", "2.0", "3.0"):
            assert header(ask(publish(), version=version, updater=updater), b"x-update-version") == b"2.0"
        assert header(ask(updater=updater), b"x-update-version") is None
    required = publish(required=True), publish("3.0+build~1")
    assert header(ask(*required), b"x-update-version") == b"2.0"
    assert header(ask(*required, version="2.0"), b"x-update-version") == b"3.0+build~1"


@pytest.mark.parametrize(
    ("percent", "rollout"),
    [(None, None), (0, {"percent": 0}), (99, {"percent": 99}), (100, {"percent": 100})],
)
def test_a_rollout_is_told_where_it_was_asked_for(
    percent: int | None, rollout: dict[str, object] | None
) -> None:
    release = publish(rollout_percent=percent)
    # Client libraries take a rollout without a seed for a mistake, and the update for everyone's.
    expected = rollout and {**rollout, "seed": release.id}
    assert orjson.loads(ask(release).body).get("rollout") == expected
    assert release.id != ""


def test_squirrel_on_macos_reads_an_update() -> None:
    given_ = ask(publish(packages={"zip": ZIP}, changelog="New."), updater="squirrel_darwin")
    assert (given_.status, header(given_, b"content-type")) == (200, b"application/json")
    assert orjson.loads(given_.body) == {
        "url": ZIP,
        "name": "2.0",
        "notes": "New.",
        "pub_date": "2025-06-09T12:00:00Z",
    }


def test_tauri_reads_an_update() -> None:
    release = publish(packages={"tauri": ZIP, "deb": DEB}, changelog="New.", signature="c2ln")
    given_ = ask(release, updater="tauri")
    assert (given_.status, header(given_, b"content-type")) == (200, b"application/json")
    assert orjson.loads(given_.body) == {
        "version": "2.0",
        "url": ZIP,
        "signature": "c2ln",
        "notes": "New.",
        "pub_date": "2025-06-09T12:00:00Z",
    }


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    offer = Offer(
        Outcome.UPDATE,
        (Release("1", "editor", "2.0", NOON.astimezone(timezone(timedelta(hours=9)))),),
        {"": PLAIN},
    )
    assert orjson.loads(answer(offer, "tauri").body)["pub_date"] == "2025-06-09T12:00:00Z"


REDIRECTING = ["electron-builder", "squirrel_windows"]


@pytest.mark.parametrize("updater", REDIRECTING)
def test_the_others_are_sent_to_their_file(updater: str) -> None:
    given_ = ask(publish(packages={"": PLAIN}), updater=updater)
    location = (b"location", PLAIN.encode())
    assert given_ == Answer(302, (location, (b"content-length", b"0")))


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_without_an_update_native_updaters_read_nothing(version: str) -> None:
    release = publish(packages={"": PLAIN}, changelog="New.")
    for updater in ("squirrel_darwin", "electron-builder", "tauri"):
        assert ask(release, version=version, updater=updater) == Answer(204)
    # Squirrel.Windows compares versions itself and must get the file in either case.
    to_file = ask(release, version=version, updater="squirrel_windows")
    assert (to_file.status, header(to_file, b"location")) == (302, PLAIN.encode())


@pytest.mark.parametrize("releases", [[], [publish()], [publish(packages={"deb": DEB, "rpm": DEB})]])
def test_without_a_usable_url_native_updaters_read_nothing(releases: list[Release]) -> None:
    for updater in ("squirrel_darwin", "electron-builder", "tauri"):
        assert ask(*releases, updater=updater) == Answer(204)
    missing = ask(*releases, updater="squirrel_windows")
    assert (missing.status, missing.body) == (404, b'{"update_available":false,"error":"Not found"}')
    assert header(missing, b"content-type") == b"application/json"


@pytest.mark.parametrize(
    ("updater", "packages", "taken"),
    [
        ("squirrel_darwin", ["", "deb", "zip"], "zip"),
        ("squirrel_darwin", ["", "deb"], ""),
        ("squirrel_darwin", ["ZIP", "deb"], "ZIP"),
        ("squirrel_windows", ["", "RELEASES", "nupkg"], "RELEASES"),
        ("squirrel_windows", ["", "nupkg", "releases"], "releases"),
        ("squirrel_windows", ["", "nupkg"], "nupkg"),
        ("squirrel_windows", ["", "msi"], ""),
        ("electron-builder", ["", "yaml", "yml"], "yml"),
        ("electron-builder", ["", "deb", "yaml"], "yaml"),
        ("electron-builder", ["", "deb"], ""),
        ("tauri", ["", "tauri", "zip"], "tauri"),
        ("tauri", ["", "zip"], ""),
    ],
)
def test_each_updater_takes_the_package_it_can_use(updater: str, packages: list[str], taken: str) -> None:
    given_ = ask(publish(packages={package: f"{SITE}p-{package}" for package in packages}), updater=updater)
    location = header(given_, b"location")
    url = location.decode() if location else orjson.loads(given_.body)["url"]
    assert url == f"{SITE}p-{taken}"


@pytest.mark.parametrize(
    ("updater", "path", "is_taken"),
    [
        ("electron-builder", "latest-mac.yml", True),
        ("electron-builder", "latest.yaml?x=1#y", True),
        ("electron-builder", "e.exe", False),
        ("electron-builder", "e.exe?feed=latest.yml", False),
        ("squirrel_darwin", "e-1.0.zip", True),
        ("squirrel_darwin", "e.dmg", False),
        ("squirrel_windows", "win/RELEASES?id=e", True),
        ("squirrel_windows", "e-full.nupkg", True),
        ("squirrel_windows", "Setup.exe", False),
        ("squirrel_windows", "acme/editor/releases", False),
        ("tauri", "e.app.tar.gz", False),
    ],
)
def test_a_lone_package_of_another_name_is_given_where_it_is_of_use(
    updater: str, path: str, is_taken: bool
) -> None:
    given_ = ask(publish(packages={"exe": SITE + path}), updater=updater)
    told = header(given_, b"location") or given_.body
    assert ((SITE + path).encode() in told) is is_taken
    if not is_taken:
        assert given_.status == (404 if updater == "squirrel_windows" else 204)
    # Among others it is a guess, and the plain one is what was meant for everybody.
    two = ask(publish(packages={"exe": SITE + path, "deb": DEB}), updater=updater)
    assert two.status in (204, 404)
    plain = ask(publish(packages={"exe": SITE + path, "": PLAIN}), updater=updater)
    assert PLAIN.encode() in (header(plain, b"location") or plain.body)


def test_a_lone_package_with_a_signature_is_one_for_tauri() -> None:
    release = publish(packages={"app": SITE + "e.app.tar.gz"}, signature="c2ln")
    fields = orjson.loads(ask(release, updater="tauri").body)
    assert (fields["url"], fields["signature"]) == (SITE + "e.app.tar.gz", "c2ln")
    for updater in set(NATIVE) - {"tauri"}:
        assert ask(release, updater=updater).status in (204, 404)


@pytest.mark.parametrize("updater", ["sparkle", "Tauri", "manual ", "squirrel"])
def test_an_unknown_updater_is_refused(updater: str) -> None:
    with pytest.raises(InvalidInput, match=r"^updater must be one of electron-builder, manual, .+\.$"):
        ask(updater=updater)


def test_only_a_manual_client_decides_on_a_rollout_itself() -> None:
    assert [rollout_device(updater, "id") for updater in ("", "manual")] == [None, None]
    assert [rollout_device(updater, "id") for updater in NATIVE] == ["id"] * 4
    assert rollout_device("tauri", "") == ""


STORED_URLS = st.text(st.characters() | st.sampled_from("\r\n \0:\ud800"))


@given(STORED_URLS, st.sampled_from(REDIRECTING))
@example("https://example.com/\r\nSet-Cookie: a=\ud800", "electron-builder")
def test_no_stored_url_can_split_a_header(url: str, updater: str) -> None:
    offer = Offer(Outcome.UPDATE, (publish(),), {"": url})
    location = header(answer(offer, updater), b"location") or b""
    assert all(0x21 <= byte <= 0x7E for byte in location)


@given(st.text(st.characters() | st.sampled_from("\r\n \0:\ud800")))
def test_no_stored_version_can_split_a_header(version: str) -> None:
    offer = Offer(Outcome.UPDATE, (Release("1", "editor", version, NOON),))
    told = header(answer(offer), b"x-update-version") or b""
    assert all(0x21 <= byte <= 0x7E for byte in told)


@pytest.mark.parametrize("updater", REDIRECTING)
def test_a_published_url_is_sent_as_it_was_given(updater: str) -> None:
    url = "https://example.com:8080/a%20b/RELEASES?x=1&y=[2]#!$'()*+,;=-._~@"
    given_ = ask(publish(packages={"": url}), updater=updater)
    assert header(given_, b"location") == url.encode()


FLAGS = {"update_available", "critical", "is_intermediate_required", "possible_rollback"}
TEXTS = st.sampled_from(["", "text", 'with "quotes"\n\0', "né"])


@given(
    st.sampled_from(["1.0", "2.0", "3.0"]),
    st.dictionaries(st.sampled_from(["", "deb", "zip", "tauri", "yml"]), st.just(PLAIN)),
    TEXTS,
    TEXTS,
    st.booleans(),
    st.none() | st.integers(0, 100),
)
def test_strict_clients_can_decode_every_answer(
    version: str, packages: dict[str, str], changelog: str, signature: str, flag: bool, percent: int | None
) -> None:
    release = publish(
        packages=packages,
        changelog=changelog,
        signature=signature,
        critical=flag,
        required=flag,
        rollout_percent=percent,
    )
    for updater in UPDATERS:
        given_ = ask(release, version=version, updater=updater)
        assert given_.status in {200, 204, 302, 404}
        if not given_.body:
            continue
        for field, value in orjson.loads(given_.body).items():
            if field == "rollout":
                assert value == {"percent": percent, "seed": release.id}
            else:
                assert type(value) is (bool if field in FLAGS else str)
