"""Programs that use the library, started as processes of their own."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EDITOR = Path(__file__).with_name("editor.py")

DAY = 86400
NOON = 1_750_075_200
"""2025-06-16 12:00 UTC; every batch of a day is due by noon of the next."""


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    code: int
    out: str
    err: str


@dataclass(slots=True)
class Host:
    """A user's machine: a home, a clock, an environment."""

    home: Path
    address: str
    now: float = NOON
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        return self.home / ".config" / "editor" / "telemetry"

    def variables(self) -> dict[str, str]:
        own = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "XDG_CONFIG_DIRS": str(self.home / "machine"),
            "EDITOR_ADDRESS": self.address,
            "EDITOR_NOW": str(self.now),
        }
        return own | self.environ

    def start(self, *words: str, script: str | Path = EDITOR, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(script), *words],
            env=self.variables(),
            text=True,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        )

    def run(self, *words: str, preexec: Callable[[], None] | None = None, script: str | Path = EDITOR) -> Run:
        began = time.monotonic()
        with self.start(*words, script=script, preexec_fn=preexec) as process:
            out, err = process.communicate(timeout=30)
        return Run(time.monotonic() - began, process.returncode, out, err)

    def visit_server(self, folder: Path, times: int) -> tuple[list[str], str]:
        """The example of a server, asked so often and ended: what it said before it listened, and after."""
        self.environ |= {"PORT": "0", "KITCHEN_DATA": str(folder)}
        with self.start(script=ROOT / "examples" / "server.py") as server:
            assert server.stderr is not None
            lines: list[str] = []
            while not (address := re.match(r"http://127\S+", lines[-1] if lines else "")):
                lines.append(server.stderr.readline())
            for _ in range(times):
                urllib.request.urlopen(address[0], timeout=5).read()
            server.send_signal(signal.SIGTERM)
            return lines, server.communicate(timeout=10)[1]

    def script(self, text: str) -> Path:
        """A program of the test's own; `telemetry` is ready in it."""
        path = self.home / f"script{len(list(self.home.glob('script*')))}.py"
        path.write_text(PREAMBLE + text)
        return path


PREAMBLE = """\
import os, sys, time
from telemetry_counter.client import Telemetry
telemetry = Telemetry(
    os.environ["EDITOR_ADDRESS"], owner="acme", app="editor", version="1.2.3", channel="stable",
    clock=lambda: float(os.environ["EDITOR_NOW"]),
)
"""
