"""Whatever is broken around it costs the program nothing visible, and its end less than a second."""

import ctypes
import os
import resource
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from .hosts import DAY, Host, Run
from .service import Service, black_hole, refused_port

MAX_DELAY = 1.0
TIMED = """
telemetry.first_run_notice(show=len)
telemetry.bootstrap()
telemetry.beacon()
telemetry.send("opened")
print(time.time(), flush=True)
"""


@pytest.fixture
def tomorrow(host: Host) -> Host:
    assert host.run("--seen", "open").code == 0
    host.now += DAY
    return host


def assert_unseen(host: Host, preexec: Callable[[], None] | None = None) -> Run:
    """The program prints its line, nothing else, and ends in time."""
    run = host.run(script=host.script(TIMED), preexec=preexec)
    ended = time.time()
    assert (run.code, run.err) == (0, "")
    assert ended - float(run.out) < MAX_DELAY
    return run


@pytest.fixture(params=["black hole", "refused port", "unknown host", "not a server for TLS"])
def bad_address(request: pytest.FixtureRequest, recorder: Service) -> Iterator[str]:
    if request.param == "black hole":
        with black_hole() as address:
            yield address
    else:
        yield {
            "refused port": refused_port(),
            "unknown host": "http://counter.invalid",
            "not a server for TLS": recorder.address.replace("http:", "https:"),
        }[request.param]


def test_a_bad_address_is_not_noticed_and_loses_no_count(
    tomorrow: Host, bad_address: str, recorder: Service
) -> None:
    good, tomorrow.address = tomorrow.address, bad_address
    assert_unseen(tomorrow)
    tomorrow.address = good
    tomorrow.now += DAY
    tomorrow.run("open")
    assert recorder.total("opened") == 2


def test_a_black_hole_costs_one_wait_per_hour_not_per_start(tomorrow: Host) -> None:
    with black_hole() as address:
        tomorrow.address = address
        first, second = tomorrow.run("open"), tomorrow.run("open")
    assert first.seconds > 0.7
    assert second.seconds < first.seconds - 0.3


def test_a_service_that_never_answers(tomorrow: Host, recorder: Service) -> None:
    recorder.hanging = True
    assert_unseen(tomorrow)
    assert [request.method for request in recorder.requests] == ["POST"]


def test_a_check_waits_only_as_long_as_it_was_given(tomorrow: Host) -> None:
    with black_hole() as address:
        tomorrow.address = address
        script = tomorrow.script("print(telemetry.check_for_updates(timeout=0.3))")
        run = tomorrow.run(script=script)
    assert "no answer within 0.3 seconds" in run.out
    assert run.seconds < 2


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes a certificate")
def test_a_certificate_that_nobody_vouches_for(tomorrow: Host, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with _TlsServer(context) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        tomorrow.address = f"https://localhost:{server.server_port}"
        assert_unseen(tomorrow)
        server.shutdown()
    assert "CERTIFICATE_VERIFY_FAILED" in tomorrow.run("telemetry", "show").out


class _TlsServer(HTTPServer):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_full_disk(tomorrow: Host, recorder: Service) -> None:
    before = (tomorrow.folder / "counts.json").read_bytes()
    assert_unseen(tomorrow, no_room)
    assert (tomorrow.folder / "counts.json").read_bytes() == before
    assert {path.name for path in tomorrow.folder.iterdir()} == {"choice.json", "counts.json", "lock"}
    assert recorder.posts() == []
    tomorrow.run("open")
    assert recorder.total("opened") == 1


def obey_modes() -> None:
    """Root may write where the mode says no: without CAP_DAC_OVERRIDE it may not."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(os.uname().sysname != "Linux" and os.geteuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize("known", [True, False], ids=["used before", "never used"])
def test_a_read_only_home(host: Host, recorder: Service, known: bool) -> None:
    if known:
        host.run("--seen", "open")
        host.now += DAY
    places = [host.folder, host.folder.parent, host.home / ".config"] if known else [host.home]
    script = host.script(TIMED)
    for place in places:
        place.chmod(0o555)
    run = host.run(script=script, preexec=obey_modes)
    off = host.run("telemetry", "off", preexec=obey_modes)
    for place in places:
        place.chmod(0o755)
    assert (run.code, run.err) == (0, "")
    assert recorder.requests == []
    assert off.code == 1
    assert "Set EDITOR_TELEMETRY=0 instead" in off.out


@pytest.mark.parametrize("home", ["", "/", "/nonexistent"])
def test_no_home(host: Host, recorder: Service, home: str) -> None:
    script = host.script(TIMED)
    host.environ["HOME"] = home
    run = host.run(script=script)
    assert (run.code, run.err) == (0, "")
    assert host.run("version").out == ("telemetry is off: there is no home directory to keep anything in\n")
    assert recorder.requests == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 2}', b"x" * (5 << 20)]
)
def test_a_broken_ledger_is_started_anew(host: Host, content: bytes, recorder: Service) -> None:
    host.run("--seen", "open")
    (host.folder / "counts.json").write_bytes(content)
    assert_unseen(host)
    host.now += DAY
    host.run("open")
    assert recorder.total("opened") == 1


def test_a_broken_id_is_replaced(tomorrow: Host, recorder: Service) -> None:
    (tomorrow.folder / "device-id").write_bytes(b"\xff not an id")
    tomorrow.run("open")
    [request] = recorder.posts()
    assert len(request.headers["x-device-id"]) == 36


def test_another_process_that_keeps_the_lock(tomorrow: Host) -> None:
    """It may have been stopped while it wrote."""
    script = tomorrow.script(
        "import fcntl\n"
        "file = open(sys.argv[1])\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "time.sleep(20)\n"
    )
    with tomorrow.start(str(tomorrow.folder / "lock"), script=script) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert_unseen(tomorrow)
        holder.kill()
