"""export --full and import --full, from one installation to another."""

import datetime as dt
import gzip
import io
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from redis import Redis
from running import OURS, Installation

from telemetry_counter.cli import main
from telemetry_counter.moving.archive import ArchiveWriter, open_archive
from telemetry_counter.moving.records import Counted, Figures, Log, Row, Sketches
from telemetry_counter.store import removal
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys

Command = Callable[..., Result]
DEVICES = 300


@dataclass(frozen=True, slots=True)
class Places:
    """Runs a command in one of the two installations, 'old' and 'new'."""

    at: Callable[..., Result]
    prefix: Callable[[str], str]

    def report(self, place: str) -> dict[str, object]:
        report = orjson.loads(self.at(place, "report", "--owner", "acme", "--range", "month").stdout)
        assert isinstance(report, dict)
        return report


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all tests, each with keys of its own: to start one takes longer than a move."""
    path = tmp_path_factory.mktemp("store")
    with EmbeddedStore(path):
        yield path


@pytest.fixture
def places(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(store))
    monkeypatch.chdir(tmp_path)
    number = secrets.token_hex(4)

    def prefix(place: str) -> str:
        return f"{place}-{number}:"

    def at(place: str, *arguments: str, fails: bool = False) -> Result:
        monkeypatch.setenv("KEY_PREFIX", prefix(place))
        result = CliRunner().invoke(main, arguments)
        assert (result.exit_code != 0) is fails, result.output
        return result

    return Places(at, prefix)


@pytest.fixture
def moved(places: Places, tmp_path: Path) -> Places:
    """An admin with some hundred devices, exported to the file 'acme'."""
    places.at("old", "admin", "create", "acme")
    places.at("old", "release", "publish", "acme/editor", "1.1", "--published", "2025-01-01")
    places.at("old", "import", checks(tmp_path, DEVICES), "--format", "checks")
    places.at("old", "export", "--full", "acme", "--output", "acme")
    return places


def checks(directory: Path, devices: int) -> str:
    """A file of checks, the same devices whenever it is made."""
    moment = dt.datetime.now(dt.UTC).isoformat()
    line = {"ts": moment, "owner": "acme", "app_name": "editor", "version": "1.1", "platform": "linux"}
    lines = [orjson.dumps(line | {"device_id": f"device-{number}"}) for number in range(devices)]
    path = directory / f"checks-{moment}"
    path.write_bytes(b"\n".join(lines))
    return str(path)


def test_an_admin_moves_with_all_figures(moved: Places) -> None:
    shown = moved.at("new", "import", "--full", "acme")
    assert "its figures are the same" in shown.stderr
    rows = [row.split("\t") for row in shown.stdout.splitlines()]
    assert rows[0] == ["Figure", "Days", "In the file", "Here", ""]
    assert ["Requests", f"{DEVICES}", f"{DEVICES}"] in [[row[0], row[2], row[3]] for row in rows]
    assert ["Tokens", "1", "1"] in [[row[0], row[2], row[3]] for row in rows]
    assert not any(row[4] for row in rows)
    before, after = moved.report("old"), moved.report("new")
    assert after == before
    assert (
        moved.at("new", "release", "list", "acme").stdout == moved.at("old", "release", "list", "acme").stdout
    )
    assert moved.at("new", "token", "list", "acme").stdout == moved.at("old", "token", "list", "acme").stdout
    log = moved.at("new", "admin", "log", "acme").stdout
    assert log == moved.at("old", "admin", "log", "acme").stdout
    assert "created the admin acme" in log


def test_an_older_file_has_no_log(moved: Places, tmp_path: Path) -> None:
    whole = open_archive(tmp_path / "acme")
    with (tmp_path / "older").open("wb") as file:
        writer = ArchiveWriter(file)
        writer.add(whole.header)
        for record in whole.records():
            if not isinstance(record, Log):
                writer.add(record)
        writer.add(Figures(rows=[row for row in whole.figures if row.what != "Entries of the log"]))
        writer.end()
    assert "its figures are the same" in moved.at("new", "import", "--full", "older").stderr
    assert moved.at("new", "admin", "log", "acme").stdout == ""
    assert moved.report("new") == moved.report("old")


def test_a_device_that_comes_back_after_the_move_is_counted_once(moved: Places, tmp_path: Path) -> None:
    moved.at("new", "import", "--full", "acme")
    before = moved.report("new")["summary"]
    moved.at("new", "import", checks(tmp_path, DEVICES), "--format", "checks")
    after = moved.report("new")["summary"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["unique_clients"] == before["unique_clients"]
    assert after["total_requests"] == 2 * DEVICES


def test_the_same_file_twice_changes_nothing(moved: Places) -> None:
    moved.at("new", "import", "--full", "acme")
    before = moved.report("new")
    assert "nothing was changed" in moved.at("new", "import", "--full", "acme").stderr
    assert moved.report("new") == before


def test_two_admins_of_one_name_are_not_mixed(moved: Places) -> None:
    moved.at("new", "admin", "create", "acme")
    refused = moved.at("new", "import", "--full", "acme", fails=True).stderr
    assert refused.startswith("Error: The store has an admin acme already")
    assert len(refused.splitlines()) == 1
    assert moved.report("new")["summary"] != moved.report("old")["summary"]


def test_another_secret_is_refused_until_it_is_accepted(
    moved: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret of the new place")
    refused = moved.at("new", "import", "--full", "acme", fails=True).stderr
    assert "hashed with another secret" in refused
    assert "Unset SECRET_KEY" in refused
    assert len(refused.splitlines()) == 1
    assert "acme" not in moved.at("new", "admin", "list").stdout
    moved.at("new", "import", "--full", "acme", "--other-secret")
    assert moved.report("new")["summary"] == moved.report("old")["summary"]


def test_a_store_whose_last_admin_was_deleted_takes_the_secret_over(
    moved: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "STILL_COUNTING_SECONDS", 0.05)
    moved.at("new", "admin", "create", "acme")
    moved.at("new", "app", "create", "acme/editor")
    moved.at("new", "import", checks(Path(), 3), "--format", "checks")
    assert "delete that admin first" in moved.at("new", "import", "--full", "acme", fails=True).stderr
    moved.at("new", "admin", "delete", "acme", "--yes")
    assert "is now the file's" in moved.at("new", "import", "--full", "acme").stderr
    assert moved.report("new")["summary"] == moved.report("old")["summary"]


def test_a_store_that_came_back_empty_takes_the_backup_after_what_is_left_is_deleted(
    moved: Places, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "STILL_COUNTING_SECONDS", 0.05)
    keys = Keys(moved.prefix("new"))
    own = keys.admin("acme")
    moved.at("new", "admin", "create", "acme")
    moved.at("new", "app", "create", "acme/editor")
    moved.at("new", "import", checks(tmp_path, 3), "--format", "checks")
    with Redis.from_url(EmbeddedStore(store).url) as client:
        client.delete(keys.admins, keys.secret, keys.imports, own.apps, own.tokens, own.log, own.history)
    refused = moved.at("new", "import", "--full", "acme", fails=True).stderr
    assert "`telemetry-counter admin delete acme` removes it." in refused
    assert "what was left of one is deleted" in moved.at("new", "admin", "delete", "acme", "--yes").stderr
    moved.at("new", "import", "--full", "acme")
    assert moved.report("new")["summary"] == moved.report("old")["summary"]
    moved.at("new", "admin", "delete", "acme", "--yes")
    assert "no admin acme" in moved.at("new", "admin", "delete", "acme", "--yes", fails=True).stderr
    assert "owner is missing" in moved.at("new", "admin", "delete", "", "--yes", fails=True).stderr


def test_a_secret_key_is_not_in_the_file(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.at("old", "admin", "create", "acme")
    monkeypatch.setenv("SECRET_KEY", "a secret of the operator")
    places.at("old", "export", "--full", "acme", "--output", "acme")
    assert b"of the operator" not in (tmp_path / "acme").read_bytes()
    monkeypatch.delenv("SECRET_KEY")
    assert "Set SECRET_KEY to that of" in places.at("new", "import", "--full", "acme", fails=True).stderr
    monkeypatch.setenv("SECRET_KEY", "a secret of the operator")
    places.at("new", "import", "--full", "acme")


def test_the_file_is_for_its_owner_alone_and_packed_by_name(moved: Places, tmp_path: Path) -> None:
    moved.at("old", "export", "--full", "acme", "--output", "acme.gz")
    for name in ("acme", "acme.gz"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    lines = gzip.decompress((tmp_path / "acme.gz").read_bytes()).splitlines()
    assert orjson.loads(lines[0])["kind"] == "telemetry-counter admin"
    moved.at("new", "import", "--full", "acme.gz")


def test_a_redirected_file_is_for_its_owner_alone(places: Places, store: Path, tmp_path: Path) -> None:
    places.at("old", "admin", "create", "acme")
    installation = Installation(tmp_path, {"DATA_DIR": str(store), "KEY_PREFIX": places.prefix("old")})
    path = tmp_path / "redirected"
    path.write_bytes(b"")
    path.chmod(0o644)
    installation.run_into(path, "export", "--full", "acme")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    places.at("new", "import", "--full", "redirected")


def test_a_file_that_was_changed_takes_in_nothing(moved: Places, tmp_path: Path) -> None:
    content = (tmp_path / "acme").read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    refused = moved.at("new", "import", "--full", "cut", fails=True).stderr
    assert "cut off" in refused
    assert len(refused.splitlines()) == 1
    assert moved.at("new", "admin", "list").stdout == ""


def test_figures_that_differ_keep_the_admin_out(moved: Places, tmp_path: Path) -> None:
    whole = open_archive(tmp_path / "acme")
    with (tmp_path / "other").open("wb") as file:
        writer = ArchiveWriter(file)
        for record in (whole.header, *whole.records()):
            writer.add(record)
        rows = [row if row.what != "Apps" else Row("Apps", None, None, 9) for row in whole.figures]
        writer.add(Figures(rows=rows))
        writer.end()
    refused = moved.at("new", "import", "--full", "other", fails=True)
    assert "Figures differ" in refused.stderr
    assert "Apps\t\t9\t1\tdiffers" in refused.stdout
    assert moved.at("new", "admin", "list").stdout == ""
    moved.at("new", "import", "--full", "acme")


def aged(row: Row, age: dt.timedelta) -> Row:
    if row.first is None or row.last is None:
        return row
    return Row(row.what, row.first - age, row.last - age, row.value)


def test_of_an_old_file_only_what_does_not_expire_is_left(moved: Places, tmp_path: Path) -> None:
    whole, age = open_archive(tmp_path / "acme"), dt.timedelta(days=60)
    with (tmp_path / "old-file").open("wb") as file:
        writer = ArchiveWriter(file)
        writer.add(msgspec.structs.replace(whole.header, made=whole.header.made - age))
        for record in whole.records():
            if isinstance(record, Counted | Sketches):
                writer.add(msgspec.structs.replace(record, day=record.day - age))
            else:
                writer.add(record)
        writer.add(Figures(rows=[aged(row, age) for row in whole.figures]))
        writer.end()
    shown = moved.at("new", "import", "--full", "old-file").stdout
    assert {row.split("\t")[1] for row in shown.splitlines()} <= {"", "Days"}
    assert (
        moved.at("new", "release", "list", "acme").stdout == moved.at("old", "release", "list", "acme").stdout
    )
    report = orjson.loads(moved.at("new", "report", "--owner", "acme", "--range", "month").stdout)
    assert report["summary"]["total_requests"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "--full", "nobody"), "There is no admin nobody"),
        (("export", "--full", "acme", "--web"), "only --output goes with it"),
        (("export", "--full", "acme", "--output", "no/such/place"), "cannot be written"),
        (("import", "--full"), "Missing argument 'FILE'"),
        (("import", "acme"), "Missing option '--format'"),
        (("import", "acme", "--full", "--format", "checks"), "cannot be given together"),
        (("import", "acme", "--full"), "is not a file of"),
    ],
)
def test_a_mistake_is_said(places: Places, tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    places.at("old", "admin", "create", "acme")
    (tmp_path / "acme").write_text("{}\n")
    assert sentence in places.at("old", *arguments, fails=True).stderr
    assert not list(tmp_path.glob("*.part"))


def test_a_whole_admin_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry_counter.cli import full_exports
    from telemetry_counter.errors import InvalidInput

    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO()))
    with pytest.raises(InvalidInput, match="not for a terminal"), full_exports.written("-"):
        pass
