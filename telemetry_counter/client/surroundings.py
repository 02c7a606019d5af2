"""Where an installation cannot be told from the next one: build servers and throw-away containers."""

import os
import re
from collections.abc import Mapping

CI_VARIABLES = (
    "CI",
    "CONTINUOUS_INTEGRATION",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "BUILDKITE",
    "CIRCLECI",
    "TRAVIS",
    "APPVEYOR",
    "DRONE",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "CODEBUILD_BUILD_ID",
    "BITBUCKET_BUILD_NUMBER",
)

CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
CONTAINER_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST")

# What an image is run from; it goes with the container. Volumes and system containers show a real filesystem.
THROW_AWAY_FILESYSTEMS = frozenset({"overlay", "aufs", "fuse.fuse-overlayfs"})


def against_identity(environ: Mapping[str, str], directory: str) -> str:
    """Why a random id kept in `directory` would name nothing that lasts; empty where it lasts."""
    variable = ci_variable(environ)
    if variable:
        return f"this is a build server ({variable} is set)"
    if (
        in_container(environ)
        and filesystem_of(os.path.realpath(directory), _mount_table()) in THROW_AWAY_FILESYSTEMS
    ):
        return "this is a container whose home does not outlive it"
    if _is_root_elsewhere(directory):
        return "this runs as root in the home of somebody else"
    return ""


def ci_variable(environ: Mapping[str, str]) -> str:
    """The variable that tells a build server; empty elsewhere."""
    for name in CI_VARIABLES:
        if environ.get(name, "").strip().lower() not in ("", "0", "false", "no"):
            return name
    return ""


def in_container(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in CONTAINER_VARIABLES) or any(map(os.path.exists, CONTAINER_FILES))


def filesystem_of(path: str, mount_table: str) -> str:
    """The type of filesystem that holds `path`, by the text of /proc/self/mountinfo; empty if unknown."""
    found, kind = "", ""
    for line in mount_table.splitlines():
        mount, _, source = line.partition(" - ")
        fields, sources = mount.split(" "), source.split(" ")
        if len(fields) < 5:
            continue
        point = _unescape(fields[4])
        if len(point) >= len(found) and _is_below(path, point):
            found, kind = point, sources[0]
    return kind


def _is_root_elsewhere(directory: str) -> bool:
    """As under sudo: files made now would keep the user's own processes out later."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    while directory and not os.path.exists(directory):
        directory = os.path.dirname(directory)
    return bool(directory) and os.stat(directory).st_uid != 0


def _is_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _unescape(point: str) -> str:
    """mountinfo writes a space as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point)


def _mount_table() -> str:
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as table:
            return table.read()
    except OSError:
        return ""
