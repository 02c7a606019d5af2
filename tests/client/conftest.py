import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry_counter.client import surroundings

from . import hosts, service


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In-process tests must not depend on who runs them: no build server, no switch, no user's files."""
    for name in (*surroundings.CI_VARIABLES, *surroundings.CONTAINER_VARIABLES, "DO_NOT_TRACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "machine"))


@pytest.fixture
def recorder() -> Iterator[service.Service]:
    with service.running() as recorder:
        yield recorder


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Path]:
    """A directory that a container's end would not take along, as the library judges it."""
    if not surroundings.against_identity({}, str(tmp_path)):
        yield tmp_path
        return
    shared = Path("/dev/shm")
    if not shared.is_dir() or surroundings.against_identity({}, str(shared)):
        pytest.skip("this container has no directory that outlives it")
    directory = Path(tempfile.mkdtemp(dir=shared))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def host(lasting: Path, recorder: service.Service) -> hosts.Host:
    """The editor, as a user would start it, on its first day."""
    return hosts.Host(lasting / "home", recorder.address)
