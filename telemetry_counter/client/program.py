"""Who counts: the program, its build and the service it reports to."""

import math
import os
import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

from telemetry_counter.client.names import build_fault

# The values are NamedTuples: importing dataclasses would take half of the library's import time.


class Build(NamedTuple):
    """What a summary is about, in the words of the wire."""

    owner: str
    app_name: str
    version: str
    channel: str
    platform: str
    arch: str


class Program(NamedTuple):
    """As the host gave it, right or wrong; `fault` says which."""

    address: str
    build: Build
    command: str = ""
    """What the user types to start it, where the telemetry command is mounted."""
    read_more: str = ""
    collects: Iterable[str] = ()
    variable: str = ""
    noise: float | None = None

    def fault(self) -> str:
        """What keeps this from ever being counted, as a sentence; empty where nothing does."""
        if not isinstance(self.address, str) or not re.match(r"https?://[^/]", self.address):
            return f"the address {self.address!r} is not an http or https URL"
        if not isinstance(self.noise, (int, float, type(None))) or not 0 < (self.noise or 1) < math.inf:
            return "noise is not a positive number"
        return _build_fault(self.build)

    def url(self, path: str) -> str:
        return self.address.rstrip("/") + path


def _build_fault(build: Build) -> str:
    parameters = ("owner", "app", "version", "channel", "platform", "arch")
    return next(filter(None, map(build_fault, parameters, build)), "")


def variable_name(app: str) -> str:
    """EDITOR_TELEMETRY for "editor"; what a shell cannot name so becomes '_'."""
    stem = re.sub(r"[^A-Z0-9]+", "_", str(app).upper()).strip("_")
    return ("_" if stem[:1].isdigit() else "") + f"{stem}_TELEMETRY"


def this_platform() -> str:
    """linux, darwin or windows, as the update clients call them."""
    return {"win32": "windows", "cygwin": "windows"}.get(sys.platform, sys.platform)


def this_arch() -> str:
    """amd64, arm64, 386, arm or what the system says."""
    # Not the platform module: it takes as long to import as all of this library.
    if sys.platform == "win32":
        return arch_name(os.environ.get("PROCESSOR_ARCHITECTURE", ""))
    return arch_name(os.uname().machine)


def arch_name(machine: str) -> str:
    machine = machine.lower()
    if re.fullmatch(r"i[3-6]86|x86", machine):
        return "386"
    if machine.startswith(("armv6", "armv7", "armv8l")):
        return "arm"
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
