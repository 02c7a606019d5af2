"""The documents say what the code does, and their lines work as they stand."""

import inspect
import re
import shutil
import subprocess

import pytest

from telemetry_counter.client import Telemetry, buckets, counting, ledger, names, summary, telemetry, wire
from telemetry_counter.client.checks import in_rollout
from telemetry_counter.client.commands import WORDS
from telemetry_counter.client.summary import parse_events

from .hosts import ROOT
from .service import Service

WIRE = (ROOT / "docs" / "wire-events.md").read_text()
CLIENT = (ROOT / "docs" / "client.md").read_text()


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)


@pytest.fixture
def printed(recorder: Service) -> str:
    """What the shell lines of the wire print, all in one shell, against the recorder."""
    if not shutil.which("bash") or not shutil.which("curl"):
        pytest.skip("needs bash and curl")
    script = "set -eu\n" + "".join(blocks(WIRE, "sh")) + '\necho "device $DEVICE"\n'
    script = script.replace("http://127.0.0.1:8000", recorder.address)
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_the_lines_of_the_wire_send_what_it_describes(printed: str, recorder: Service) -> None:
    first, *again = recorder.posts()
    assert len(again) == 2
    assert {post.json["batch_id"] for post in again} == {first.json["batch_id"]}
    counted = parse_events(first.json["events"])
    assert counted.events["opened"].properties == {"kind": {"pdf": 2, "odt": 1}, "user.memory": {"16GB": 3}}
    assert len({request.headers["x-device-id"] for request in recorder.requests}) == 1
    assert [request.path for request in recorder.requests[-2:]] == ["/checkVersion", "/telemetry/beacon"]
    assert printed.count("X-Telemetry: counted") == 4


@pytest.mark.skipif(not shutil.which("bc"), reason="the line for the bucket uses bc")
def test_the_line_for_the_bucket_agrees_with_the_library(printed: str) -> None:
    found = re.search(r"bucket (\d+)\ndevice (\S+)", printed)
    assert found is not None
    bucket, device = int(found[1]), found[2]
    assert not in_rollout(device, bucket, "1.3.0")
    assert in_rollout(device, bucket + 1, "1.3.0")


@pytest.mark.parametrize(
    "sentence",
    [
        f"1 to {summary.MAX_EVENTS} of them",
        f"up to {summary.MAX_PROPERTIES} per event",
        f"up to {summary.MAX_VALUES} values",
        f"1 to {summary.MAX_COUNT:,}",
        f"1 to {names.MAX_NAME} characters",
        f"up to {ledger.KEEP_DAYS} days back",
        f"the pause up to {ledger.LAST_RETRY_SECONDS // 3600} hours",
    ],
)
def test_the_bounds_of_the_wire(sentence: str) -> None:
    assert sentence in WIRE


@pytest.mark.parametrize(
    "sentence",
    [
        f"{telemetry.EXIT_SECONDS:g} s at most",
        f"waits {telemetry.CHECK_SECONDS:g} seconds at most",
        f"{summary.MAX_EVENTS} events, {summary.MAX_PROPERTIES} properties each, {summary.MAX_VALUES} values",
        f"{summary.MAX_BYTES:,} bytes",
        f"in the last {counting.WRITE_EVERY_SECONDS:g} seconds",
        f"{ledger.MAX_BUILDS_PER_DAY} builds a day",
    ],
)
def test_the_bounds_of_the_library(sentence: str) -> None:
    assert sentence in " ".join(CLIENT.split())


def test_every_argument_method_and_command_is_explained() -> None:
    arguments = list(inspect.signature(Telemetry).parameters)
    public = [name for name in dir(Telemetry) if not name.startswith("_")]
    ranges = [name for name, value in vars(buckets).items() if inspect.isfunction(value) and name[0] != "_"]
    for name in [*arguments, *public, *(f"telemetry {word}" for word in WORDS), *ranges]:
        assert name in CLIENT, name


def test_the_python_of_the_documents_compiles() -> None:
    for block in blocks(CLIENT, "python") + blocks(
        (ROOT / "packages/client/README.md").read_text(), "python"
    ):
        compile(block, "client.md", "exec")


def test_the_ranges_are_as_shown() -> None:
    block = next(block for block in blocks(CLIENT, "python") if "buckets.duration" in block)
    calls = re.findall(r"^(buckets\.(?!memory)\S+\(.*?\)) +# \"(.*?)\"", block, re.MULTILINE)
    assert calls
    for call, shown in calls:
        assert eval(call, {"buckets": buckets}) == shown  # noqa: S307


def test_a_summary_and_its_envelope_fit_into_a_body() -> None:
    assert summary.MAX_BYTES + 5_000 < 65_536
    assert "64 KiB (65,536 bytes)" in WIRE


def test_timeouts_are_a_few_seconds() -> None:
    assert wire.SECONDS <= 5
