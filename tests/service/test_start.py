"""What `serve` says as it starts, or as it cannot."""

import asyncio
import signal
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis as FakeRedis
from running import PROGRAM, Installation, wait_until_ready

from telemetry_counter.cli.serve import has_no_admin, listen
from telemetry_counter.errors import SettingsError
from telemetry_counter.settings import Settings, unknown_names
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.registry import Registry

SERVE = import_module("telemetry_counter.cli.serve")  # the package has the command under that name


def test_a_free_port_is_offered_only_for_one_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SERVE, "TAKEOVER_SECONDS", 0)
    with listen(Settings(port=0)) as taken:
        taken.listen()
        with pytest.raises(SettingsError, match=r"in use; --port 0 takes a free one\.$"):
            listen(Settings(port=taken.getsockname()[1]))
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1:0: Cannot assign .* address\.$"):
        listen(Settings(host="192.0.2.1", port=0))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What two workers and their supervisor say on a terminal, until they answer."""
    installation = Installation(tmp_path_factory.mktemp("first"), {"LOG_FORMAT": "text"})
    (installation.directory / ".env").write_text("RETENTION_DAY=10\nexport LOG_FORMAT=text\n")
    process = subprocess.Popen(
        (*PROGRAM, "serve", "--workers", "2"),
        env=installation.environ,
        cwd=installation.directory,
        stderr=subprocess.PIPE,
    )
    try:
        wait_until_ready(installation.url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=20)
    return text.decode().replace(installation.url, "URL").splitlines()


def test_misspelled_names_in_the_settings_file_are_told_once(said: list[str]) -> None:
    told = [line.partition("service: ")[2] for line in said if "RETENTION_DAY" in line]
    assert told == [
        ".env names RETENTION_DAY, which is no setting and is left alone: did you mean RETENTION_DAYS?"
    ]


def test_whoever_looks_is_told_the_next_step(said: list[str]) -> None:
    step = "There is no admin yet: `telemetry-counter admin create NAME` makes one and prints its token."
    assert said.count(step) == 1
    assert said.count("The dashboard: URL/dashboard") == 1


def test_the_next_step_is_told_until_it_is_taken() -> None:
    """And not where nobody knows whether it was."""
    settings = Settings()

    async def ask() -> list[bool]:
        client = FakeRedis()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SERVE, "open_client", lambda url: client)
            asked = [await has_no_admin(settings, "")]
            await Registry(client, Keys(settings.key_prefix)).create_admin("acme")
            asked.append(await has_no_admin(settings, ""))
        return [*asked, await has_no_admin(settings, "unix:///nowhere")]

    assert asyncio.run(ask()) == [True, False, False]


def test_a_name_that_is_like_no_setting(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=counter\nretention_days=3\nPORT=1\n")
    assert unknown_names(tmp_path / ".env") == [
        ("COMPOSE_PROJECT_NAME", "see .env.example for what there is."),
        ("retention_days", "did you mean RETENTION_DAYS?"),
    ]
    assert unknown_names(tmp_path / "none") == []
