"""Takes the client's sources from the service's tree, or, in an unpacked sdist, from beside this file."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("telemetry_counter/__init__.py", "telemetry_counter/client")


class SharedSources(BuildHookInterface):  # type: ignore[type-arg]
    """A table of forced files in pyproject.toml could name only one of the two places."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        here = Path(self.root)
        tree = here if (here / "telemetry_counter").is_dir() else here.parents[1]
        build_data["force_include"] |= {str(tree / source): source for source in SOURCES}
