"""What importing the library costs and brings along."""

import re
import subprocess
import sys

from .hosts import ROOT

MAX_MILLISECONDS = 30


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def import_milliseconds() -> float:
    report = python("-X", "importtime", "-c", "import telemetry_counter.client").stderr
    found = re.findall(r"\|\s+(\d+) \| {1,3}telemetry_counter(?:\.client)?$", report, re.MULTILINE)
    return sum(map(int, found)) / 1000


def test_it_is_imported_in_time() -> None:
    assert min(import_milliseconds() for _ in range(5)) < MAX_MILLISECONDS


def test_it_brings_the_standard_library_only() -> None:
    program = (
        "import sys; before = set(sys.modules); import telemetry_counter.client;"
        "import telemetry_counter.client.commands, telemetry_counter.client.report,"
        " telemetry_counter.client.noise, telemetry_counter.client.ledger_file;"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    assert set(python("-c", program).stdout.split()) - sys.stdlib_module_names == {"telemetry_counter"}


def test_it_brings_nothing_else_of_the_service() -> None:
    program = (
        "import sys; import telemetry_counter.client; import telemetry_counter.client.click_commands;"
        "print(*[name for name in sys.modules if name.startswith('telemetry_counter')])"
    )
    own = python("-c", program).stdout.split()
    assert {name.split(".")[1] for name in own if "." in name} == {"client"}


def test_what_takes_long_to_import_is_left_for_when_it_is_needed() -> None:
    program = "import sys; import telemetry_counter.client; print(*sys.modules)"
    loaded = set(python("-c", program).stdout.split())
    assert not loaded & {
        "ssl",
        "http.client",
        "urllib.request",
        "json",
        "uuid",
        "hashlib",
        "argparse",
        "dataclasses",
    }
