"""`telemetry-counter demo`, as somebody who just looks runs it."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running import OURS, PROGRAM, wait_until_ready


@pytest.fixture
def said(tmp_path: Path) -> Iterator[str]:
    """What it prints once it runs; ended as by Ctrl-C."""
    environ = {name: value for name, value in os.environ.items() if name not in OURS} | {"TMPDIR": "/tmp"}
    process: subprocess.Popen[Any] = subprocess.Popen(
        (*PROGRAM, "demo", "--port", "0"), cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "Ctrl-C ends the demo" in line:
            break
    text = "".join(lines)
    base = re.search(r"http://127\.0\.0\.1:\d+", text)
    assert base, text
    wait_until_ready(base[0], process)
    yield text
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    directory = re.search(r"DATA_DIR=(\S+)", text)
    assert directory
    assert not Path(directory[1]).exists(), "nothing is left of it"


def test_ctrl_c_ends_it_while_it_makes_the_month(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    environ |= {"TMPDIR": str(tmp_path), "TERM": "xterm", "FORCE_COLOR": "1"}
    process = subprocess.Popen(
        (*PROGRAM, "demo", "--port", "0"), cwd=tmp_path, env=environ, stderr=subprocess.PIPE
    )
    assert process.stderr
    seen = b""
    try:
        while not any(int(one) >= 80 for one in re.findall(rb"(\d+)%", seen)):
            piece = os.read(process.stderr.fileno(), 4096)
            assert piece, seen
            seen += piece
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0, rest
    assert b"dashboard" not in rest
    assert b"Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


def test_it_prints_where_the_dashboard_is_and_tokens_that_open_it(said: str) -> None:
    dashboard, *more = re.findall(r"http://127\.0\.0\.1:\d+/\S+", said)
    tokens = re.findall(r"(demo|mara)  (tct_\w+)", said)
    assert [name for name, _ in tokens] == ["demo", "mara"]
    assert "a team user, who sees all figures" in said
    for _, token in tokens:
        with httpx.Client() as http:
            http.post(f"{dashboard}/sign-in", data={"token": token})
            page = http.get(dashboard)
            assert page.status_code == 200
            assert "editor" in page.text
    public = next(address for address in more if "/public/" in address)
    assert httpx.get(public).status_code == 200
