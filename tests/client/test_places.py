from pathlib import Path

import pytest

from telemetry_counter.client.places import machine_directories, telemetry_directory, user_directory


@pytest.mark.parametrize(
    ("platform", "environ", "below_home"),
    [
        ("linux", {}, ".config"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, ".config"),
        ("darwin", {}, "Library/Application Support"),
        ("darwin", {"XDG_CONFIG_HOME": "/elsewhere"}, "Library/Application Support"),
    ],
)
def test_below_the_home(platform: str, environ: dict[str, str], below_home: str, tmp_path: Path) -> None:
    assert user_directory(platform, environ, str(tmp_path)) == str(tmp_path / below_home)


def test_where_the_user_says() -> None:
    assert user_directory("linux", {"XDG_CONFIG_HOME": "/configured"}, "/nonexistent") == "/configured"
    assert (
        user_directory("win32", {"APPDATA": "C:\\Users\\a\\AppData\\Roaming"}, "")
        == "C:\\Users\\a\\AppData\\Roaming"
    )


@pytest.mark.parametrize("home", ["", "/", "~", "relative", "/nonexistent/home"])
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_no_home_no_directory(platform: str, home: str) -> None:
    assert user_directory(platform, {}, home) == ""
    assert telemetry_directory("", "editor") == ""


def test_for_the_whole_machine() -> None:
    assert machine_directories("linux", {}) == ["/etc/xdg"]
    assert machine_directories("linux", {"XDG_CONFIG_DIRS": "/a:b:/c"}) == ["/a", "/c"]
    assert machine_directories("darwin", {}) == ["/Library/Application Support"]
    assert machine_directories("win32", {"PROGRAMDATA": "C:\\ProgramData"}) == ["C:\\ProgramData"]
    assert machine_directories("win32", {}) == []
