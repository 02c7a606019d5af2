"""What `serve` says as it starts, or as it cannot."""

import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from running import PROGRAM, Installation, wait_until_ready

from telemetry_counter.cli.serve import listen
from telemetry_counter.errors import SettingsError
from telemetry_counter.settings import Settings, unknown_names


def test_a_free_port_is_offered_only_for_one_in_use() -> None:
    with listen(Settings(port=0)) as taken:
        taken.listen()
        with pytest.raises(SettingsError, match=r"in use; --port 0 takes a free one\.$"):
            listen(Settings(port=taken.getsockname()[1]))
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1:0: Cannot assign .* address\.$"):
        listen(Settings(host="192.0.2.1", port=0))


def said_by(installation: Installation, *arguments: str) -> list[str]:
    """What `serve` says on a terminal, until it answers."""
    process = subprocess.Popen(
        (*PROGRAM, "serve", *arguments),
        env=installation.environ | {"LOG_FORMAT": "text"},
        cwd=installation.directory,
        stderr=subprocess.PIPE,
    )
    try:
        wait_until_ready(installation.url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=20)
    return text.decode().splitlines()


def test_misspelled_names_in_the_settings_file_are_told_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RETENTION_DAY=10\nexport LOG_FORMAT=text\n")
    lines = said_by(Installation(tmp_path), "--workers", "2")
    told = Counter(line.partition("service: ")[2] for line in lines if "RETENTION_DAY" in line)
    assert told == {
        ".env names RETENTION_DAY, which is no setting and is left alone: did you mean RETENTION_DAYS?": 1
    }


def test_a_name_that_is_like_no_setting(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=counter\nretention_days=3\nPORT=1\n")
    assert unknown_names(tmp_path / ".env") == [
        ".env names COMPOSE_PROJECT_NAME, which is no setting and is left alone: see .env.example for what "
        "there is.",
        ".env names retention_days, which is no setting and is left alone: did you mean RETENTION_DAYS?",
    ]
    assert unknown_names(tmp_path / "none") == []
