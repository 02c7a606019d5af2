"""doctor's verdicts, from plain values and on a store of its own."""

import dataclasses
import datetime as dt
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from harness import OWNER, Harness, harness
from redis import Redis
from running import OURS, PROGRAM, Installation
from stores import REDIS, binary_of

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.cli import main
from telemetry_counter.cli.doctor.finding import Finding, Verdict
from telemetry_counter.cli.doctor.of_releases import of_releases, out_for
from telemetry_counter.cli.doctor.of_retention import judged
from telemetry_counter.cli.doctor.of_room import of_room
from telemetry_counter.cli.doctor.of_secret import of_secret
from telemetry_counter.cli.doctor.of_service import of_proxies as of_request_proxies
from telemetry_counter.cli.doctor.of_service import whether_it_counts
from telemetry_counter.cli.doctor.of_settings import of_proxies, of_settings
from telemetry_counter.cli.doctor.of_store import of_disk, of_store
from telemetry_counter.releases.release import Release
from telemetry_counter.reporting.cells import Cell, parse_cell
from telemetry_counter.service import limits
from telemetry_counter.settings import Settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.inspection import ServerState, StoreState, inspect
from telemetry_counter.store.keys import Keys
from telemetry_counter.store.reading.programs import read_programs
from telemetry_counter.store.reading.room import Room, read_room

NOW = dt.datetime(2025, 6, 16, 12, tzinfo=dt.UTC)
SERVER = ServerState("", "Redis 7.4.0", False, "master", 1_000_000, 0, "noeviction", True, True, ())
STORE = StoreState((SERVER,), 0.001, 0.0)


def worst(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict is not Verdict.GOOD]


def test_a_good_store() -> None:
    assert worst(of_store(STORE, 0.25)) == []


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({"is_append_only": False}, Verdict.NOTE, "snapshots only"),
        ({"is_append_only": False, "snapshots": False}, Verdict.BAD, "loses everything"),
        ({"is_append_only": False, "snapshots": None}, Verdict.NOTE, "does not tell"),
        ({"is_append_only": None}, Verdict.NOTE, "does not tell whether it keeps an append-only file"),
        ({"policy": "allkeys-lru", "max_bytes": 10_000_000}, Verdict.BAD, "drops keys of ours"),
        ({"policy": "volatile-ttl"}, Verdict.NOTE, "if maxmemory is ever set"),
        ({"max_bytes": 1_200_000}, Verdict.NOTE, "83% of its maxmemory"),
        ({"max_bytes": 1_010_000}, Verdict.BAD, "99% of its maxmemory"),
        ({"name": "Redis 5.0.1", "is_too_old": True}, Verdict.BAD, "Redis 5.0.1"),
        ({"policy": ""}, Verdict.NOTE, "does not tell"),
        ({"role": "slave"}, Verdict.BAD, "takes no writes"),
        ({"write_failures": ("aof_last_write_status",)}, Verdict.BAD, "could not write"),
    ],
)
def test_a_store_with_a_flaw(changed: dict[str, object], verdict: Verdict, words: str) -> None:
    server = dataclasses.replace(SERVER, **changed)  # type: ignore[arg-type]
    [found] = worst(of_store(dataclasses.replace(STORE, servers=(server,)), 0.25))
    assert found.verdict is verdict
    assert words in found.what
    assert found.advice


@pytest.mark.parametrize(
    ("latency", "skew", "verdict"),
    [
        (0.02, 0.0, Verdict.NOTE),
        (0.2, 0.0, Verdict.BAD),
        (0.001, 3.0, Verdict.BAD),
        (0.001, -3.0, Verdict.BAD),
    ],
)
def test_a_store_far_away_or_in_another_time(latency: float, skew: float, verdict: Verdict) -> None:
    [found] = worst(of_store(dataclasses.replace(STORE, latency_seconds=latency, skew_seconds=skew), 0.25))
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("source", "in_store", "verdict"),
    [("", True, "ok"), ("", False, "ok"), (".env", False, "ok"), ("the environment", True, "note")],
)
def test_the_secret(source: str, in_store: bool, verdict: str) -> None:
    found = of_secret(source, in_store, is_embedded=False)
    assert found.verdict == verdict
    assert (source or "store") in found.what


def test_settings_and_their_sources(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("METRICS_TOKEN=a very secret token\nWORKERS=2\nPROT=80\n")
    settings = Settings(metrics_token="a very secret token", workers=2, redis_url="redis://u:hidden@h/0")
    found = list(of_settings(settings, {"REDIS_URL": "redis://u:hidden@h/0"}, file))
    text = "\n".join(finding.what for finding in found)
    assert "METRICS_TOKEN is (not shown), from .env" in text
    assert "REDIS_URL is redis://u:***@h/0, from the environment" in text
    assert ".env names PROT" in text
    assert "a very secret token" not in text
    assert [finding.verdict for finding in worst(found)] == [
        Verdict.NOTE,
        Verdict.NOTE,
    ]  # PROT; telemetry is off


@pytest.mark.parametrize(
    ("is_on", "counts", "words"),
    [
        (False, None, ["nothing is counted"]),
        (False, False, ["nothing is counted"]),
        (False, True, []),
        (True, None, []),
        (True, True, []),
        (True, False, ["off in the service"]),
    ],
)
def test_telemetry_here_and_in_the_service(
    tmp_path: Path, is_on: bool, counts: bool | None, words: list[str]
) -> None:
    found = worst(of_settings(Settings(enable_telemetry=is_on), {}, tmp_path / ".env", counts))
    assert len(found) == len(words)
    assert all(word in finding.what for word, finding in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"telemetry_enabled": true}', True),
        (b'{"telemetry_enabled": false}', False),
        (b"{}", None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_whether_the_service_counts(body: bytes, expected: bool | None) -> None:
    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/telemetry/policy" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.handle_request, daemon=True).start()
        assert whether_it_counts(f"http://127.0.0.1:{server.server_port}") is expected
    assert whether_it_counts("http://127.0.0.1:1") is None


@pytest.mark.parametrize(
    ("free", "used", "verdict"),
    [
        (100_000_000, 1, Verdict.GOOD),
        (99_999_999, 1, Verdict.BAD),
        (200_000_000, 100_000_000, Verdict.GOOD),
        (200_000_000, 100_000_001, Verdict.BAD),
    ],
)
def test_free_space(free: int, used: int, verdict: Verdict) -> None:
    assert of_disk("telemetry-data", free, used).verdict is verdict


@pytest.mark.parametrize(
    ("published", "told"),
    [
        (NOW, "out since today"),
        (NOW.replace(hour=0), "out since today"),
        (NOW - dt.timedelta(hours=13), "out for 1 day"),
        (NOW - dt.timedelta(days=1, hours=13), "out for 2 days"),
    ],
)
def test_how_long_it_is_out_goes_by_dates(published: dt.datetime, told: str) -> None:
    assert out_for(published, NOW) == told


@pytest.mark.parametrize(
    ("trusted", "number"), [("", 0), ("10.0.0.0/8, 2001:db8::/32", 0), ("0.0.0.0/0,::/0", 2)]
)
def test_trusting_everybody(trusted: str, number: int) -> None:
    assert [finding.verdict for finding in of_proxies(trusted)] == [Verdict.BAD] * number


@pytest.mark.parametrize(
    ("forwarded", "is_trusted", "peer", "verdict"),
    [
        ("", False, "203.0.113.7", Verdict.GOOD),
        ("203.0.113.7", True, "10.0.0.1", Verdict.GOOD),
        ("203.0.113.7", False, "10.0.0.1", Verdict.BAD),
        ("", True, "10.0.0.1", Verdict.BAD),
        ("", True, "127.0.0.1", Verdict.GOOD),
    ],
)
def test_the_proxy_that_was_met(forwarded: str, is_trusted: bool, peer: str, verdict: Verdict) -> None:
    seen = {
        "x_forwarded_for": forwarded,
        "forwarded": "",
        "peer": peer,
        "peer_is_trusted": is_trusted,
        "address": "203.0.113.7",
    }
    assert of_request_proxies(seen).verdict is verdict


def release(version: str, days_ago: int = 10, **values: object) -> Release:
    return Release(version, "editor", version, NOW - dt.timedelta(days=days_ago), **values)  # type: ignore[arg-type]


def app(*releases: Release) -> App:
    return App("editor", NOW, releases)


def seen(**checks: int) -> dict[Cell, int]:
    """Checks by version, of stable linux."""
    return {
        parse_cell(f"stable,linux,amd64,{version.strip('v').replace('_', '.')},".encode()): n
        for version, n in checks.items()
    }


@pytest.mark.parametrize(
    ("releases", "checks", "words"),
    [
        ((), {}, []),
        ((), {"v1": 5}, ["has no release"]),
        ((release("1.0"),), {"v1": 5}, []),
        ((release("1.0"),), {"v1": 95, "v2_0": 5}, []),
        ((release("1.0"),), {"v1": 80, "v2_0": 20}, ["but its programs run 2.0"]),
        ((release("1.0"), release("1.1", channel="beta")), {"v1": 1}, ["1.1 is for beta"]),
        (
            (release("1.0"), release("1.1", platform="Linux", arch="x64")),
            {"v1": 1},
            ["1.1 is for Linux, x64"],
        ),
        ((release("1.0", withdrawn=NOW),), {"v1": 1}, ["are withdrawn"]),
    ],
)
def test_releases(releases: tuple[Release, ...], checks: dict[str, int], words: list[str]) -> None:
    found = worst(of_releases("acme", app(*releases), seen(**checks), NOW))
    assert len(found) == len(words)
    assert all(word in finding.what for word, finding in zip(words, found, strict=True))


def test_a_release_to_come() -> None:
    found = list(of_releases("acme", app(release("1.0"), release("2.0", days_ago=-3)), {}, NOW))
    assert [finding.what for finding in found] == [
        "the newest release of acme/editor is 1.0, out for 10 days",
        "acme/editor 2.0 comes out at 2025-06-19 12:00 UTC",
    ]


@pytest.mark.parametrize(
    ("distinct", "other", "is_noted"), [(79, 0, False), (80, 0, True), (100, 0, True), (100, 1, True)]
)
def test_room_under_the_caps(distinct: int, other: int, is_noted: bool) -> None:
    room = Room(NOW.date(), "editor", "update checks", "versions", distinct, 100, other)
    [found] = of_room("acme", [room])
    assert (found.verdict is Verdict.NOTE) is is_noted
    assert ("VALUE_CAP" in found.advice) is is_noted


@pytest.mark.parametrize(("left", "verdict"), [(100_000, "ok"), (-1, "BAD"), (200_000, "note")])
def test_retention(left: float, verdict: str) -> None:
    assert judged("acme/editor", NOW.date(), left, 100_010).verdict == verdict


async def checks(running: Harness, number: int) -> None:
    for version in range(number):
        answer = await running.http.get(
            f"/telemetry/beacon?owner=acme&app_name=editor&version=1.{version}&platform=linux",
            headers={"X-Device-ID": f"d{version}"},
        )
        assert answer.headers["x-telemetry"] == "counted"


@pytest.mark.anyio
async def test_what_is_read_of_caps_and_programs(client: Client, keys: Keys) -> None:
    async with harness(client, keys, enable_telemetry=True, value_cap=10) as running:
        await checks(running, 8)
        own, day = keys.admin(OWNER), running.service.clock.today()

        async def rooms() -> dict[str, tuple[int, int, int]]:
            found = read_room(client, own, ["editor", "player"], [day], limits(running.service.settings))
            return {room.what: (room.distinct, room.cap, room.other) async for room in found}

        assert await rooms() == {"versions": (8, 10, 0), "platforms": (1, 10, 0), "cells": (8, 2000, 0)}
        await checks(running, 12)
        assert (await rooms())["versions"] == (10, 10, 2)
        programs = await read_programs(client, own, ["editor", "player"], [day])
        assert programs["editor"].total() == 20
        assert not programs["player"]


@pytest.mark.anyio
async def test_the_store_tells_of_itself(tmp_path: Path) -> None:
    from telemetry_counter.store.connect import open_client

    with EmbeddedStore(tmp_path) as store:
        client = open_client(store.url)
        state = await inspect(client)
        await client.aclose()
    [server] = state.servers
    assert (server.name[:6], server.role, server.is_append_only, server.policy) == (
        "Valkey",
        "master",
        True,
        "noeviction",
    )
    assert worst(of_store(state, 0.25)) == []


Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("ENABLE_TELEMETRY", "true")

    def run(*arguments: str, **environ: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["doctor", *arguments], env=environ)
        return done.exit_code, done.stdout

    return run


def test_its_exit_status(doctor: Doctor) -> None:
    status, told = doctor()
    assert (status, "BAD" in told) == (0, False)
    assert "note\tservice\tno service answers at http://127.0.0.1:1" in told
    assert doctor("--strict")[0] == 1
    status, told = doctor(TRUSTED_PROXIES="0.0.0.0/0")
    assert (status, told.count("BAD\tsettings\t")) == (1, 1)
    status, told = doctor(REDIS_URL="redis://127.0.0.1:1/0")
    assert (status, told.count("BAD\tstore\t"), "BAD\tservice" in told) == (1, 1, False)
    status, told = doctor("--url", "http://127.0.0.1:1")
    assert (status, told.count("BAD"), told.count("BAD\tservice\tno service answers")) == (1, 1, 1)


def test_a_store_that_is_not_there_is_a_note_and_is_not_made(doctor: Doctor, tmp_path: Path) -> None:
    status, told = doctor()
    assert status == 0
    assert (
        f"note\tstore\tthere is no store at {tmp_path.resolve() / 'data'}\ttelemetry-counter admin create"
        in told
    )
    assert "note\tservice\t" in told
    assert not (tmp_path / "data").exists()


PARTS = {"settings", "retention", "store", "secret", "releases", "limits", "service"}


@pytest.mark.parametrize(
    ("broken", "section", "hidden"),
    [
        ("tc:admins", "admins", {"releases", "limits"}),
        ("tc:{acme}:releases", "admins", {"releases", "limits"}),
        ("tc:secret", "secret", set()),
        ("tc:{acme}:{day}:editor:c", "releases", set()),
        ("tc:{acme}:{day}:editor:w", "limits", set()),
    ],
)
def test_what_cannot_be_read_hides_no_other(
    doctor: Doctor, tmp_path: Path, broken: str, section: str, hidden: set[str]
) -> None:
    run_commands(("admin", "create", "acme"), ("app", "create", "acme/editor"))
    run_commands(("release", "publish", "acme/editor", "1.0", "--url", "https://example.org/1.0.zip"))
    key = broken.replace("{day}", f"{dt.datetime.now(dt.UTC):%Y%m%d}")
    with EmbeddedStore(tmp_path / "data") as store, Redis.from_url(store.url) as client:
        client.delete(key)
        client.lpush(key, "of somebody else's")
        status, told = doctor()
    assert status == 1
    bad = [line for line in told.splitlines() if line.startswith("BAD")]
    sentence = f"a key of the store holds something that is not ours: {key} is a list"
    assert f"BAD\t{section}\t{sentence}\t" in bad[0]
    assert "of somebody else" not in told
    assert {line.split("\t")[1] for line in told.splitlines()} - {"admins"} >= PARTS - hidden - {"retention"}


def test_a_record_that_is_none_of_ours_is_a_finding(doctor: Doctor, tmp_path: Path) -> None:
    run_commands(("admin", "create", "acme"))
    with EmbeddedStore(tmp_path / "data") as store, Redis.from_url(store.url) as client:
        client.hset("tc:{acme}:apps", "editor", "{broken")
        status, told = doctor()
    assert (status, told.count("BAD"), "ok\tsecret\t" in told) == (1, 1, True)
    assert "BAD\tadmins\tsomething in the store is not ours (JSON is malformed" in told


def test_a_command_that_the_store_does_not_know_is_a_finding(doctor: Doctor, tmp_path: Path) -> None:
    socket = tmp_path / "s"
    config = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--rename-command", "TIME", "")
    command = (binary_of(REDIS), *config)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(socket)
            status, told = doctor(REDIS_URL=f"unix://{socket}")
        finally:
            server.terminate()
    assert (status, told.count("BAD"), "ok\tsecret\t" in told) == (1, 1, True)
    assert "BAD\tstore\tthe store does not do what it is asked (unknown command 'TIME')\t" in told


def test_a_directory_that_cannot_hold_the_store_is_a_finding(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, told = doctor(DATA_DIR=str(tmp_path / "file"))
    assert (status, told.count("BAD"), "ok\tsettings\t" in told) == (1, 1, True)
    assert "BAD\tstore\tDATA_DIR (" in told


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"status": "ready"}', b"\xff"])
def test_another_program_at_the_url_is_a_finding(doctor: Doctor, body: bytes) -> None:
    with answering(body) as url:
        status, told = doctor("--token", "x", "--url", url)
    assert (status, told.count("BAD"), told.count("BAD\tservice\t")) == (1, 1, 1)


def test_an_address_that_is_none_is_a_finding(doctor: Doctor) -> None:
    status, told = doctor("--url", "http://exa mple.org")
    assert (status, told.count("BAD\tservice\tno service answers")) == (1, 1)


def run_commands(*commands: tuple[str, ...]) -> None:
    for command in commands:
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A program that answers everything with 200 and this."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_line_of_a_pipe_has_four_parts(doctor: Doctor) -> None:
    run_commands(("admin", "create", "acme"))
    lines = doctor()[1].splitlines()
    assert len(lines) > 8
    assert all(len(line.split("\t")) == 4 for line in lines)
    assert {line.split("\t")[0] for line in lines} <= {"ok", "note", "BAD"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_it_is_a_table(tmp_path: Path) -> None:
    installation = Installation(tmp_path, {"TERM": "xterm", "COLUMNS": "90", "LINES": "50"})
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        (*PROGRAM, "doctor"), env=installation.environ, cwd=tmp_path, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    shown = b""
    while chunk := read(ours):
        shown += chunk
    os.close(ours)
    assert done.wait(30) == 0
    text = shown.decode()
    assert "\x1b[3" in text, "colours"
    assert "→ telemetry-counter admin create NAME" in text
    assert "\t" not in text


def read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 10_000)
    except OSError:  # the other end is closed
        return b""
