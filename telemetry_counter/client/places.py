"""Where a user's and a machine's configuration live on each system."""

import os
from collections.abc import Mapping


def user_directory(platform: str, environ: Mapping[str, str], home: str) -> str:
    """The user's configuration directory; empty where the user has no home. `platform` as in sys.platform."""
    if platform == "win32":
        return environ.get("APPDATA", "")
    if platform == "darwin":
        return _below(home, "Library/Application Support")
    configured = environ.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    return configured if os.path.isabs(configured) else _below(home, ".config")


def machine_directories(platform: str, environ: Mapping[str, str]) -> list[str]:
    """Where an administrator configures for every user, first the one that matters most."""
    if platform == "win32":
        return [path for path in [environ.get("PROGRAMDATA", "")] if path]
    if platform == "darwin":
        return ["/Library/Application Support"]
    configured = environ.get("XDG_CONFIG_DIRS", "") or "/etc/xdg"
    return [path for path in configured.split(":") if os.path.isabs(path)]


def telemetry_directory(root: str, app: str) -> str:
    return os.path.join(root, app, "telemetry") if root else ""


def _below(home: str, path: str) -> str:
    """Empty for a home that is missing, or that is the root: nobody's files belong there."""
    is_home = os.path.isabs(home) and home.strip("/") and os.path.isdir(home)
    return os.path.join(home, path) if is_home else ""
