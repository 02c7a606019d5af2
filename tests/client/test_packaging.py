"""The client's own wheel: the client and nothing else, usable with nothing else installed."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from telemetry_counter import __version__

from .hosts import ROOT

PACKAGE = ROOT / "packages" / "client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling to build")
    built = tmp_path_factory.mktemp("built")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=PACKAGE,
        check=True,
        capture_output=True,
    )
    [wheel] = built.glob("*.whl")
    return wheel


def test_it_holds_the_client_only(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    client = ROOT / "telemetry_counter" / "client"
    modules = {f"telemetry_counter/client/{path.name}" for path in client.iterdir() if path.is_file()}
    assert names == {"telemetry_counter/__init__.py"} | modules


def test_it_needs_nothing_and_has_the_services_version(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        headers = archive.read(metadata).decode().splitlines()
    assert f"Version: {__version__}" in headers
    assert not any(header.startswith("Requires-Dist") for header in headers)


def test_it_counts_with_nothing_else_installed(wheel: Path, lasting: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from telemetry_counter.client import Telemetry\n"
        "telemetry = Telemetry('http://x', owner='acme', app='editor', version='1', directory=sys.argv[2])\n"
        "telemetry.first_run_notice(show=len)\n"
        "with telemetry: print(telemetry.send('opened'))\n"
        "assert 'opened' in telemetry.show()\n"
    )
    # Neither the environment nor site-packages: what is left is the standard library.
    command = [sys.executable, "-I", "-S", "-c", program, str(tmp_path), str(lasting / "folder")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert (run.stdout, run.stderr) == ("True\n", "")


def test_the_license_is_the_projects() -> None:
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
