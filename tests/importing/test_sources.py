"""What is imported, from a file or from standard input: the same content is the same import."""

import datetime as dt
import gzip
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from running import OURS, PROGRAM, Installation

from telemetry_counter.cli import main
from telemetry_counter.errors import InvalidInput
from telemetry_counter.importing.runs import file_digest, opened
from telemetry_counter.importing.sources import source_of
from telemetry_counter.store.embedded.store import EmbeddedStore

DASH = Path("-")
NOW = dt.datetime.now(dt.UTC)


def checks(number: int) -> bytes:
    line = {"ts": f"{NOW:%Y-%m-%d}T00:00:00Z", "owner": "acme", "app_name": "editor", "version": "1.0"}
    return "".join(json.dumps({**line, "device_id": f"d{one}"}) + "\n" for one in range(number)).encode()


def test_standard_input_is_read_twice_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with source_of(DASH, io.BytesIO(b"one\ntwo\n")) as source:
        digest = file_digest(source)
        with opened(source) as (lines, position):
            assert lines.readlines() == [b"one\n", b"two\n"]
            assert position() == 8
        assert file_digest(source) == digest
        assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"one\ntwo\n")
    assert file_digest(tmp_path / "file") == digest


def test_a_copy_that_has_no_room_is_a_sentence() -> None:
    class Full(io.BytesIO):
        def read(self, _: int | None = None, /) -> bytes:
            raise OSError(28, "No space left on device")

    with (
        pytest.raises(InvalidInput, match=r"cannot be copied into .*: No space left on device\. Set TMPDIR"),
        source_of(DASH, Full()),
    ):
        pass


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    with EmbeddedStore(tmp_path / "store"):
        run("admin", "create", "acme")
        run("app", "create", "acme/editor")
        yield tmp_path


def run(*arguments: str, given: bytes = b"", status: int = 0) -> Result:
    done = CliRunner().invoke(main, arguments, input=given)
    assert done.exit_code == status, done.output
    return done


def test_a_stream_is_known_again_by_its_content(installation: Path) -> None:
    content = checks(30)
    (installation / "lines").write_bytes(content)
    command = ("import", "--format", "checks")
    assert "30 of 30 lines counted" in run(*command, "-", given=content).stderr
    assert "--again counts it once more" in run(*command, "-", given=content, status=1).stderr
    assert "--again counts it once more" in run(*command, "lines", status=1).stderr
    packed = gzip.compress(checks(10)) + gzip.compress(checks(10))
    assert "20 of 20 lines counted" in run(*command, "-", given=packed).stderr
    report = json.loads(run("report", "--owner", "acme").stdout)
    assert (report["summary"]["total_requests"], report["summary"]["unique_clients"]) == (50, 30)


def test_a_whole_admin_comes_through_a_pipe(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", "--format", "checks", "-", given=checks(30))
    archive = run("export", "--full", "acme").stdout_bytes
    monkeypatch.setenv("KEY_PREFIX", "new:")
    cut = run("import", "--full", "-", given=archive[:-9], status=1).stderr
    assert cut.startswith("Error: standard input is cut off in line ")
    assert "its figures are the same" in run("import", "--full", "-", given=archive).stderr
    assert json.loads(run("report", "--owner", "acme").stdout)["summary"]["total_requests"] == 30


def test_without_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        (*PROGRAM, "import", "--format", "checks", "-"),
        env=Installation(tmp_path).environ,
        cwd=tmp_path,
        preexec_fn=lambda: os.close(0),
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: There is no standard input to read.",
    )
