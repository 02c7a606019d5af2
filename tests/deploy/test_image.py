"""Dockerfile, .dockerignore and compose file, which cannot be built here: held against the program."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from running import Installation

from telemetry_counter.cli.serve import GRACE_SECONDS
from telemetry_counter.service import DRAIN_SECONDS
from telemetry_counter.settings import load_settings, variable_names

TOP = Path(__file__).parent.parent.parent
DOCKER = TOP / "deploy" / "docker"


def instructions() -> list[tuple[str, str]]:
    """Name and rest of each, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", (TOP / "Dockerfile").read_text()).replace("\\\n", " ")
    lines = [line.strip().partition(" ") for line in text.splitlines() if line.strip()]
    return [(name, re.sub(r"\s+", " ", rest)) for name, _, rest in lines]


def only(name: str) -> str:
    [found] = [rest for one, rest in last_stage() if one == name]
    return found


def last_stage() -> list[tuple[str, str]]:
    rows = instructions()
    last = max(number for number, (name, _) in enumerate(rows) if name == "FROM")
    return rows[last:]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in only("ENV").split())


def copied() -> list[str]:
    """What comes from the build's context."""
    rests = [rest for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    return [source for rest in rests for source in rest.split()[:-1]]


def test_every_instruction_is_one() -> None:
    known = {"FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"}
    known |= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions()} <= known


def test_both_stages_are_one_debian_and_a_python_that_will_do() -> None:
    images = [rest.partition(" AS ")[0] for name, rest in instructions() if name == "FROM"]
    assert len(images) == 2
    assert len(set(images)) == 1  # the venv's python is a link to the image's
    match = re.fullmatch(r"python:3\.(\d+)-slim", images[0])
    assert match
    assert int(match[1]) >= 11


def test_what_is_copied_is_there_and_not_ignored() -> None:
    rules = [line for line in (TOP / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")]
    assert rules[0] == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    assert {source.removeprefix("./") for source in copied()} == kept
    for source in copied():
        assert (TOP / source).exists(), source
    for secret in (".env", ".git", "telemetry-data", "deploy/docker/counter.env"):
        assert not any(fnmatch.fnmatch(secret, name) for name in kept), secret


def test_what_is_copied_is_enough_to_install_from(tmp_path: Path) -> None:
    for source in copied():
        path = TOP / source
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        if path.is_dir():
            shutil.copytree(path, tmp_path / source, ignore=ignored)
        else:
            shutil.copy(path, tmp_path / source)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "built")]
    subprocess.run(build, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    [wheel] = (tmp_path / "built").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = TOP / "telemetry_counter"
    ours = {path.relative_to(TOP).as_posix() for path in package.rglob("*") if path.is_file()}
    assert {name for name in ours if "__pycache__" not in name} <= names


def test_it_runs_as_nobody_in_particular_and_listens_to_others() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", only("USER"))
    assert environment()["HOST"] == "0.0.0.0"  # noqa: S104
    assert json.loads(only("VOLUME")) == [environment()["DATA_DIR"]]
    assert only("EXPOSE") == environment()["PORT"]
    given = {name: value for name, value in environment().items() if name in variable_names()}
    assert load_settings(given, Path("/nowhere")).data_dir == "/data"


def test_a_signal_reaches_the_program_itself() -> None:
    # The form without a shell, which would keep SIGTERM to itself.
    assert json.loads(only("ENTRYPOINT")) == ["telemetry-counter"]
    assert json.loads(only("CMD")) == ["serve"]


def test_the_health_check_tells_a_running_service_from_none(tmp_path: Path) -> None:
    _, _, command = only("HEALTHCHECK").partition("CMD ")
    program, *arguments = json.loads(command)
    assert program == "python"
    installation = Installation(tmp_path, {"REDIS_URL": ""})

    def check() -> int:
        done = subprocess.run(
            [sys.executable, *arguments], env=installation.environ, capture_output=True, timeout=10
        )
        return done.returncode

    assert check() != 0
    with installation.serving():
        assert check() == 0


@pytest.fixture
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return content


def test_the_services_find_each_other(compose: dict[str, Any]) -> None:
    counter, redis = compose["services"]["counter"], compose["services"]["redis"]
    assert (DOCKER / counter["build"]["context"] / "Dockerfile").exists()
    assert set(counter["networks"]) & set(redis["networks"])
    assert set(counter["networks"] + redis["networks"]) == set(compose["networks"])
    volumes = [*counter["volumes"], *redis["volumes"]]
    assert {volume.split(":")[0] for volume in volumes} == set(compose["volumes"])
    assert counter["depends_on"]["redis"]["condition"] == "service_healthy"
    assert redis["healthcheck"]["test"]


def test_the_redis_keeps_what_it_is_given(compose: dict[str, Any]) -> None:
    command = " ".join(compose["services"]["redis"]["command"])
    for flag in ("--appendonly yes", "--appendfsync", "--maxmemory-policy noeviction", "--requirepass"):
        assert flag in command, flag
    assert "ports" not in compose["services"]["redis"]


def test_the_secrets_come_from_files_that_are_not_in_the_repository(compose: dict[str, Any]) -> None:
    values = {}
    for name in ("counter", "redis"):
        [file] = compose["services"][name]["env_file"]
        values[name] = dotenv_values(DOCKER / f"{file}.example")
        ignored = (TOP / ".gitignore").read_text().splitlines()
        assert f"/deploy/docker/{file}" in ignored
    given = {name: value or "" for name, value in values["counter"].items()}
    settings = load_settings(given, Path("/nowhere"))
    assert set(given) <= set(variable_names())
    password = values["redis"]["REDISCLI_AUTH"]
    assert settings.redis_url == f"redis://:{password}@redis:6379/0"
    gateway = compose["networks"]["front"]["ipam"]["config"][0]["gateway"]
    assert settings.trusted_proxies == gateway


def test_the_root_may_be_read_only_and_the_end_may_take_its_time(compose: dict[str, Any]) -> None:
    counter = compose["services"]["counter"]
    assert counter["read_only"] is True
    assert counter["tmpfs"] == ["/tmp"]
    assert [volume.split(":")[1] for volume in counter["volumes"]] == [environment()["DATA_DIR"]]
    seconds = int(counter["stop_grace_period"].removesuffix("s"))
    assert seconds > GRACE_SECONDS + DRAIN_SECONDS
