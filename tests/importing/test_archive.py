"""An admin's file: whole and unchanged, or refused with a sentence."""

import datetime as dt
import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.moving.archive import Archive, ArchiveWriter, open_archive
from telemetry_counter.moving.comparison import compare, unchanged
from telemetry_counter.moving.fingerprints import Place, Secret, fingerprint, secret_to_take
from telemetry_counter.moving.records import (
    Counted,
    Figures,
    Header,
    Log,
    Record,
    Registered,
    Row,
    Sketches,
    encode,
)

DAY = dt.date(2025, 6, 16)
MADE = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)
HEADER = Header(owner="acme", made=MADE, secret=Secret(fingerprint="00"))
SKETCH = b"HYLL\x01" + bytes(11) + b"\x7f\xff"
RECORDS: list[Record] = [
    Registered(part="releases", fields={"id": '{"changelog": "Größer"}'}),
    Log(entries=['{"at":"2025-06-16T12:00:00Z","by":"acme","did":"app_created","of":"editor"}']),
    Counted(day=DAY, app="editor", space="c", fields={"stable,linux,amd64,1.0,": 3}),
    Sketches(day=DAY, app="editor", space="u", sketches={"all": SKETCH}),
]
ROWS = [Row("Requests", DAY, DAY, 3), Row("Apps", None, None, 1)]


def write(path: Path) -> bytes:
    with path.open("wb") as file:
        writer = ArchiveWriter(file)
        for record in (HEADER, *RECORDS, Figures(rows=ROWS)):
            writer.add(record)
        writer.end()
    return path.read_bytes()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    content = write(tmp_path / "file")
    archive = open_archive(tmp_path / "file")
    assert (archive.header, archive.figures) == (HEADER, ROWS)
    assert list(archive.records()) == RECORDS
    assert archive.size == len(RECORDS) == len(content.splitlines()) - 3


def test_packed_it_is_the_same_file(tmp_path: Path) -> None:
    content = write(tmp_path / "file")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(content))
    packed, plain = open_archive(tmp_path / "packed.gz"), open_archive(tmp_path / "file")
    assert packed.digest == plain.digest
    assert list(packed.records()) == RECORDS


def test_whatever_is_cut_off_is_noticed(tmp_path: Path) -> None:
    content = write(tmp_path / "file")
    for length in range(len(content)):
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(InvalidInput):
            open_archive(tmp_path / "cut")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(content)[:-9])
    with pytest.raises(InvalidInput, match="unpacked"):
        open_archive(tmp_path / "cut.gz")


def test_a_changed_figure_is_noticed(tmp_path: Path) -> None:
    content = write(tmp_path / "file")
    (tmp_path / "changed").write_bytes(
        content.replace(b'"stable,linux,amd64,1.0,":3', b'"stable,linux,amd64,1.0,":4')
    )
    with pytest.raises(InvalidInput, match="checksum"):
        open_archive(tmp_path / "changed")


def test_lines_behind_the_end_are_noticed(tmp_path: Path) -> None:
    content = write(tmp_path / "file")
    (tmp_path / "longer").write_bytes(content + encode(RECORDS[0]))
    with pytest.raises(InvalidInput, match="cut off"):
        open_archive(tmp_path / "longer")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"ts": "2025-06-16"}\n', "is not a file of"),
        (b"", "is cut off"),
        (encode(HEADER).replace(b'"format":1', b'"format":2'), "update this one first"),
        (encode(HEADER).replace(b'"acme"', b'"a:b"'), "owner may only hold"),
        (encode(HEADER) * 2, "a header where none belongs"),
        (encode(HEADER) + encode(Counted(day=DAY, app="a:b", fields={})), "app_name may only hold"),
        (encode(HEADER) + b'{"line":"registered","part":"secret","fields":{}}\n', "Invalid enum value"),
        (encode(HEADER) + encode(Log(entries=["{}"])), "an entry of the log"),
        (encode(HEADER) + encode(Log(entries=["created the app"])), "an entry of the log"),
        (encode(HEADER) + encode(Sketches(day=DAY, app="a", space="u", sketches={"all": b"x"})), "a sketch"),
        (
            encode(HEADER)
            + encode(Sketches(day=DAY, app="a", space="u", sketches={"all": b"HYLL" + bytes(99)})),
            "a sketch",
        ),
    ],
)
def test_what_does_not_belong_is_one_sentence(tmp_path: Path, line: bytes, sentence: str) -> None:
    (tmp_path / "file").write_bytes(line)
    with pytest.raises(InvalidInput, match=sentence) as error:
        open_archive(tmp_path / "file")
    assert len(str(error.value).splitlines()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([*map(encode, RECORDS), encode(HEADER)]))))
def test_any_bytes_are_a_whole_file_or_refused(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "any"
    path.write_bytes(b"".join(lines))
    try:
        found = open_archive(path)
    except InvalidInput:
        return
    assert isinstance(found, Archive)
    assert found.digest == hashlib.sha256(path.read_bytes().rsplit(b'{"line":"end"', 1)[0]).hexdigest()


KEY, OTHER = b"a" * 64, b"b" * 64
FROM_STORE = Secret(fingerprint=fingerprint(KEY), key=KEY.decode())
FROM_SETTING = Secret(fingerprint=fingerprint(KEY))


@pytest.mark.parametrize(
    ("secret", "place", "taken"),
    [
        (FROM_STORE, Place(b"", b"", False), KEY),
        (FROM_STORE, Place(b"", OTHER, False), KEY),
        (FROM_STORE, Place(b"", KEY, True), b""),
        (FROM_STORE, Place(KEY, OTHER, True), b""),
        (FROM_SETTING, Place(KEY, b"", True), b""),
        (FROM_SETTING, Place(b"", KEY, True), b""),
    ],
)
def test_the_secret_goes_along_where_nothing_was_counted_with_another(
    secret: Secret, place: Place, taken: bytes
) -> None:
    assert secret_to_take(secret, place, is_other_accepted=False) == taken


@pytest.mark.parametrize(
    ("secret", "place", "remedy"),
    [
        (FROM_STORE, Place(b"", OTHER, True), "Import into a store that has no admin yet"),
        (FROM_STORE, Place(b"", b"", True), "Import into a store that has no admin yet"),
        (FROM_STORE, Place(OTHER, b"", False), "Unset SECRET_KEY"),
        (FROM_SETTING, Place(b"", b"", False), "Set SECRET_KEY"),
        (FROM_SETTING, Place(OTHER, b"", False), "Set SECRET_KEY"),
    ],
)
def test_another_secret_is_refused_unless_accepted(secret: Secret, place: Place, remedy: str) -> None:
    with pytest.raises(InvalidInput, match=remedy) as error:
        secret_to_take(secret, place, is_other_accepted=False)
    assert KEY.decode() not in str(error.value)
    assert secret_to_take(secret, place, is_other_accepted=True) == b""


def test_a_secret_that_is_not_the_sketches_is_refused() -> None:
    forged = Secret(fingerprint=fingerprint(KEY), key=OTHER.decode())
    with pytest.raises(InvalidInput, match="not the one"):
        secret_to_take(forged, Place(b"", b"", False), is_other_accepted=True)


def test_only_figures_that_both_sides_have_are_compared() -> None:
    there = [Row("Requests", DAY, DAY, 3), Row("Requests", DAY, None, 9), Row("Apps", None, None, 1)]
    here = [Row("Requests", DAY, DAY, 4), Row("Apps", None, None, 1)]
    assert [(one.before.what, one.is_same) for one in compare(there, here)] == [
        ("Requests", False),
        ("Apps", True),
    ]
    assert unchanged(there, here) == [Row("Apps", None, None, 1)]
