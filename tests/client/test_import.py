"""What importing the library costs and brings along."""

import subprocess
import sys

from .hosts import ROOT

MAX_MILLISECONDS = 30


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def import_milliseconds() -> float:
    """Of the processor: what else the machine does is none of the library's time."""
    program = (
        "import time; began = time.process_time(); import telemetry_counter.client;"
        "print((time.process_time() - began) * 1000)"
    )
    return float(python("-c", program).stdout)


def test_it_is_imported_in_time() -> None:
    assert min(import_milliseconds() for _ in range(5)) < MAX_MILLISECONDS


def test_it_brings_the_standard_library_only() -> None:
    program = (
        "import sys; before = set(sys.modules); import telemetry_counter.client;"
        "import telemetry_counter.client.commands, telemetry_counter.client.showing,"
        " telemetry_counter.client.noise, telemetry_counter.client.ledger_file;"
        "loaded = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(*loaded - sys.stdlib_module_names)"
    )
    assert python("-c", program).stdout.split() == ["telemetry_counter"]


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
