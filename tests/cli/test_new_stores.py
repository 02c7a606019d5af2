"""A command in the wrong directory says so, and leaves nothing behind."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from running import OURS

from telemetry_counter.cli import main


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines").touch()
    return tmp_path.resolve() / "telemetry-data"


@pytest.mark.parametrize(
    "arguments",
    [
        "report --owner acme",
        "report --owner acme --watch",
        "adoption acme/editor",
        "export --owner acme",
        "export --full acme --output file",
        "admin list",
        "app create acme/editor",
        "import --format checks lines",
        "import --from-faynosync redis://127.0.0.1:1",
    ],
)
def test_only_what_makes_a_store_makes_one(elsewhere: Path, arguments: str) -> None:
    done = CliRunner().invoke(main, arguments.split())
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: There is no store at {elsewhere}. Run this where the service runs, or set DATA_DIR or "
        "REDIS_URL as the service has them; a first store is made by telemetry-counter admin create NAME.\n",
    )
    assert [path.name for path in elsewhere.parent.iterdir()] == ["lines"]


def test_an_admin_makes_one(elsewhere: Path) -> None:
    done = CliRunner().invoke(main, ["admin", "create", "acme"])
    assert done.stderr.startswith(f"This is in a new store at {elsewhere}.\n")
    assert elsewhere.exists()
    assert CliRunner().invoke(main, ["admin", "list"]).stdout == "acme\t0\n"


def test_what_cannot_hold_a_store_is_named(elsewhere: Path) -> None:
    elsewhere.touch()
    done = CliRunner().invoke(main, ["admin", "list"])
    assert (done.exit_code, done.stderr.startswith("Error: DATA_DIR (")) == (1, True), done.stderr
