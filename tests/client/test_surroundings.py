import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client import surroundings

MOUNTS = """\
600 500 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a,upperdir=/b
601 600 0:51 / /proc rw,nosuid - proc proc rw
602 600 254:1 /home /home/user rw,relatime - ext4 /dev/vda rw
603 602 0:60 / /home/user/with\\040space rw - fuse.sshfs host: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/root/.config/editor", "overlay"),
        ("/home/user/.config/editor", "ext4"),
        ("/home/user", "ext4"),
        ("/home/username/.config", "overlay"),
        ("/home/user/with space/x", "fuse.sshfs"),
    ],
)
def test_the_filesystem_of_a_path(path: str, kind: str) -> None:
    assert surroundings.filesystem_of(path, MOUNTS) == kind


def test_a_later_mount_hides_an_earlier_one() -> None:
    table = "1 0 0:1 / / rw - ext4 a rw\n2 0 0:2 / / rw - overlay b rw\n"
    assert surroundings.filesystem_of("/home", table) == "overlay"


@settings(deadline=None)
@given(st.text() | st.from_regex(r"(\d+ ){2}0:1 / \S+ rw - \S+"))
def test_any_mount_table_can_be_read(table: str) -> None:
    assert isinstance(surroundings.filesystem_of("/home/user", table), str)


def in_a_container(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setattr(surroundings, "_mount_table", lambda: table)


def test_a_containers_own_layer_does_not_last(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_container(monkeypatch, MOUNTS)
    marked = {"container": "podman"}
    assert surroundings.against_identity(marked, "/root/.config/editor") == (
        "this is a container whose home does not outlive it"
    )
    assert surroundings.against_identity({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "/root/.config") != ""


def test_a_volume_lasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_a_container(monkeypatch, MOUNTS + f"604 600 254:2 / {tmp_path.resolve()} rw - ext4 /dev/vdb rw\n")
    assert surroundings.against_identity({"container": "docker"}, str(tmp_path / "editor")) == ""


def test_an_overlay_outside_a_container_lasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a live system that keeps its changes."""
    in_a_container(monkeypatch, MOUNTS)
    monkeypatch.setattr(surroundings, "CONTAINER_FILES", ())
    assert surroundings.against_identity({}, str(tmp_path)) == ""


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_a_variable_that_says_no_makes_no_build_server(value: str) -> None:
    assert surroundings.ci_variable({"CI": value}) == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_homes_of_others_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_a_container(monkeypatch, "")
    os.chown(tmp_path, 65534, 65534)
    assert surroundings.against_identity({}, str(tmp_path / ".config" / "editor")) == (
        "this runs as root in the home of somebody else"
    )
